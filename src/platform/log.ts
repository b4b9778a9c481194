/** The log: JSON lines without personal data. */
import { pino, type DestinationStream, type Logger } from 'pino'

export type Log = Logger

/** Fields that may carry a person's number, name, place or a secret; redacted at the top and two levels down. */
const PERSONAL = [
  'ani', 'number', 'callerNumber', 'callerName', 'contact', 'address', 'content', 'title', 'name', 'password', 'token', 'cookie',
  'authorization', 'secret', 'query', 'parameters', 'detail'
]
const redact = {
  paths: [
    ...PERSONAL.flatMap(field => [field, `*.${field}`, `*.*.${field}`]).filter(path => path !== 'name'),
    'req.headers.cookie', 'req.headers.authorization', 'res.headers["set-cookie"]'
  ],
  censor: '[redacted]'
}

/** A log on standard output, or on `destination`. `component` names the process or part that speaks. */
export function createLog (options: { level: string, component: string, destination?: DestinationStream }): Log {
  const settings = { level: options.level, base: { component: options.component }, redact }
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination)
}
