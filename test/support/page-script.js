/* Runs in each page before its own code: keeps all phone connections, so that sound can be measured without the page's help. */
/* global window */
const kept = []
window.RTCPeerConnection = new Proxy(window.RTCPeerConnection, {
  construct (Target, args) {
    const connection = new Target(...args)
    kept.push(connection)
    return connection
  }
})

/** What the open connections heard and sent so far. */
window.measureFlow = async () => {
  const flow = { packetsReceived: 0, packetsSent: 0, energyReceived: 0, energySent: 0 }
  for (const connection of kept) {
    if (connection.connectionState === 'closed') continue
    for (const entry of (await connection.getStats()).values()) {
      if (entry.kind !== 'audio') continue
      if (entry.type === 'inbound-rtp') {
        flow.packetsReceived += entry.packetsReceived
        flow.energyReceived += entry.totalAudioEnergy ?? 0
      } else if (entry.type === 'outbound-rtp') {
        flow.packetsSent += entry.packetsSent
      } else if (entry.type === 'media-source') {
        flow.energySent += entry.totalAudioEnergy ?? 0
      }
    }
  }
  return flow
}

/** What the other side said of itself, of the open connections. */
window.remoteDescriptions = () => kept.filter(connection => connection.connectionState !== 'closed').map(connection => connection.remoteDescription?.sdp ?? '')
