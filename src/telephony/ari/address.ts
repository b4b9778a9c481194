/** Where an Asterisk's ARI is and how one signs in there, as `http://user:password@host:port/prefix` says it. */
export interface AriAddress {
  /** `http://host:port` */
  origin: string
  /** What stands before `/ari` in paths; '' for most. */
  base: string
  /** Value of the header. */
  authorization: string
  /** Of the WebSocket of events, without its query. */
  eventsUrl: string
}

/** User and password go into the header and nowhere else. Throws for what is no URL. */
export function ariAddress (url: string): AriAddress {
  const { protocol, host, origin, pathname, username, password } = new URL(url)
  const base = pathname.replace(/\/(ari\/?)?$/, '')
  return {
    origin,
    base,
    authorization: `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`,
    eventsUrl: `${protocol === 'https:' ? 'wss' : 'ws'}://${host}${base}/ari/events`
  }
}
