/** Builds the pages when their sources have changed since the last build. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { diskError, OperatorError } from '../platform/process/operator-error.ts'
import { holdLock } from '../platform/process/lock.ts'
import { run } from '../platform/process/run.ts'

const BUILD_MS = 300_000
/** Lies beside the pages it speaks of, so that it goes when they go. */
const STAMP = '.sources'

/** What the pages are made of: their sources, the contracts they share with the server, and the locked dependencies. */
export function pagesFingerprint (root: string): string {
  const hash = createHash('sha256')
  const files = [
    ...readdirSync(join(root, 'web'), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
      .filter(file => !/\/web\/dist(\.[a-z]+)?\//.test(file)),
    ...readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter(name => /(contract|core\/[^/]+)\.ts$/.test(name)).map(name => join(root, 'src', name)),
    join(root, 'package-lock.json')
  ].sort()
  for (const file of files) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

/** Makes web/dist when it is not of these sources. Starts that come at once build once. Rejects with an `OperatorError`. */
export async function ensurePages (root: string, report: (line: string) => void): Promise<void> {
  const dist = join(root, 'web/dist')
  const current = (fingerprint: string): boolean =>
    existsSync(join(dist, STAMP)) && readFileSync(join(dist, STAMP), 'utf8') === fingerprint
  if (current(pagesFingerprint(root))) return
  const release = await holdLock(join(root, 'node_modules/.pages.lock'), BUILD_MS, () => report('另一进程正在构建页面,等待中 (another start is building the pages)'))
  if (release === undefined) throw new OperatorError('Another start has been building the pages for five minutes.', '另一进程构建页面超时。')
  try {
    const fingerprint = pagesFingerprint(root)
    if (current(fingerprint)) return
    report('构建页面 (building the pages) ...')
    // Beside, then in place: a server that runs meanwhile keeps whole pages.
    const fresh = join(root, 'web/dist.new')
    const result = await run(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', join(root, 'web'), '--outDir', fresh, '--emptyOutDir', '--logLevel', 'warn'],
      { cwd: root, timeoutMs: BUILD_MS, env: { ...process.env, NODE_ENV: 'production' } })
    if (/ENOSPC|No space left/.test(result.output)) throw Object.assign(new Error(result.output), { code: 'ENOSPC' })
    if (result.status !== 0) throw new OperatorError(`The pages could not be built: ${result.output.slice(-1500)}`, '页面构建失败。')
    writeFileSync(join(fresh, STAMP), fingerprint)
    rmSync(dist, { recursive: true, force: true })
    renameSync(fresh, dist)
  } catch (error) {
    throw diskError(error, dist) ?? error
  } finally {
    release()
  }
}
