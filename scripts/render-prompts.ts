/**
 * npm run prompts:render [-- --force]: makes the WAVE file of each text in ivr-flows/prompts/prompts.json that has none,
 * or whose text has changed. A file that this program did not make (a human recording) is left alone, also with --force.
 */
import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { toPinyin } from './prompts/mandarin.ts'
import { forTelephone, readWave, writeWave } from './prompts/wave.ts'

/** Part of each fingerprint: raise it when the same text comes to sound different. */
const RENDERING = 1
const VOICES = {
  zh: { voice: 'cmn-latn-pinyin', pitch: 55, speed: { sentence: 190, piece: 150 } },
  en: { voice: 'en-us', pitch: 50, speed: { sentence: 165, piece: 150 } }
} as const
/** Pieces of numbers, dates and times: one word each, strung together at run time, hence slower than in a sentence. */
const PIECE = /^[a-z]-/
/** Silence at both ends. */
const EDGE_SECONDS = { piece: 0.03, sentence: 0.06 }
const SPEECH_TIME_OUT_MS = 120_000

type Language = keyof typeof VOICES
interface Voice { voice: string, pitch: number, speed: number }
type Kind = keyof typeof EDGE_SECONDS
/** What this program made, by prompt: fingerprints of the text and of the file. */
type Rendered = Record<string, { text: string, file: string }>

const folder = join(process.env.HOTLINE_FLOWS_DIR ?? 'ivr-flows', 'prompts')
const listFile = join(folder, 'rendered.json')
const force = process.argv.includes('--force')

const sha = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex').slice(0, 16)

async function readIfThere (path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Lets the synthesiser, a program apart, say all texts. */
function speak (orders: ReadonlyArray<Voice & { text: string }>): Promise<Buffer[]> {
  const program = fileURLToPath(new URL('prompts/espeak.ts', import.meta.url))
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [program], { maxBuffer: 512 * 1024 * 1024, timeout: SPEECH_TIME_OUT_MS }, (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`espeak-ng failed: ${stderr.slice(0, 500)}`, { cause: error }))
      else resolve(stdout.trim().split('\n').map(line => Buffer.from(line, 'base64')))
    })
    child.stdin?.end(JSON.stringify(orders))
  })
}

async function main (): Promise<void> {
  const texts = JSON.parse(await readFile(join(folder, 'prompts.json'), 'utf8')) as Record<Language, Record<string, string>>
  const rendered = JSON.parse((await readIfThere(listFile))?.toString() ?? '{}') as Rendered
  const wanted: Array<{ prompt: string, kind: Kind, voice: Voice, spoken: string, fingerprint: string }> = []
  let recordings = 0
  for (const language of Object.keys(VOICES) as Language[]) {
    for (const [name, text] of Object.entries(texts[language])) {
      const prompt = `${language}/${name}`
      const kind: Kind = PIECE.test(name) ? 'piece' : 'sentence'
      const voice: Voice = { ...VOICES[language], speed: VOICES[language].speed[kind] }
      const fingerprint = sha(JSON.stringify([RENDERING, voice, EDGE_SECONDS[kind], text]))
      const present = await readIfThere(join(folder, `${prompt}.wav`))
      const before = rendered[prompt]
      if (present !== undefined && before?.file !== sha(present)) {
        recordings++
        continue
      }
      if (present !== undefined && before?.text === fingerprint && !force) continue
      wanted.push({ prompt, kind, voice, spoken: language === 'zh' ? toPinyin(text) : spellNumbers(text), fingerprint })
    }
  }
  const waves = wanted.length === 0 ? [] : await speak(wanted.map(({ voice, spoken }) => ({ ...voice, text: spoken })))
  for (const [index, { prompt, kind, fingerprint }] of wanted.entries()) {
    const sound = forTelephone(readWave(waves[index] as Buffer), EDGE_SECONDS[kind])
    const bytes = writeWave(sound)
    const path = join(folder, `${prompt}.wav`)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, bytes)
    rendered[prompt] = { text: fingerprint, file: sha(bytes) }
  }
  const sorted = Object.fromEntries(Object.entries(rendered).sort(([a], [b]) => a < b ? -1 : 1))
  await writeFile(listFile, `${JSON.stringify(sorted, null, 1)}\n`)
  process.stdout.write(`${wanted.length} prompts rendered, ${recordings} recordings left alone\n`)
}

/** 12345 and 110 are said digit by digit. */
function spellNumbers (text: string): string {
  return text.replace(/\d{3,}/g, run => [...run].join(' '))
}

await main()
