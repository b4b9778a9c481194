/**
 * A process of its own around espeak-ng (GPL-3): it reads orders as a JSON list on standard input,
 * and writes for each, in order, one line of standard output: the WAVE file in base64.
 */
import { text } from 'node:stream/consumers'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

interface Order { voice: string, speed: number, pitch: number, text: string }
interface Engine { FS: { readFile: (path: string) => Uint8Array } }

const path = createRequire(import.meta.url).resolve('espeak-ng')
const { default: createEngine } = await import(pathToFileURL(path).href) as { default: (options: { arguments: string[] }) => Promise<Engine> }

for (const { voice, speed, pitch, text: words } of JSON.parse(await text(process.stdin)) as Order[]) {
  const engine = await createEngine({ arguments: ['-v', voice, '-s', String(speed), '-p', String(pitch), '-w', 'out.wav', words] })
  process.stdout.write(`${Buffer.from(engine.FS.readFile('out.wav')).toString('base64')}\n`)
}
