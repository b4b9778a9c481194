/**
 * `npm run lint`: style, types and layout, all of them, so that one run shows everything there is to mend.
 * The exit status is 0 only when each check passed.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const bin = (name: string) => resolve(root, 'node_modules/.bin', name)
const folders = ['src', 'web'].filter(folder => existsSync(resolve(root, folder)))

interface Check { name: string, program: string, args: string[] }

const checks: Check[] = [
  { name: 'style (eslint)', program: 'eslint', args: ['.', '--max-warnings', '0'] },
  { name: 'types (tsc)', program: 'tsc', args: ['-p', '.', '--noEmit'] },
  ...(existsSync(resolve(root, 'web/tsconfig.json')) ? [{ name: 'types of the pages (vue-tsc)', program: 'vue-tsc', args: ['-p', 'web', '--noEmit'] }] : []),
  { name: 'layout (dependency-cruiser)', program: 'depcruise', args: [...folders, '--config', '.dependency-cruiser.cjs', '--output-type', 'err'] },
  { name: 'layout of folders', program: 'depcruise', args: [...folders, '--config', '.dependency-cruiser.folders.cjs', '--output-type', 'err'] }
]

/** Runs one check with its output shown; true when it passed. A program that cannot be started throws. */
async function passes ({ name, program, args }: Check): Promise<boolean> {
  const started = performance.now()
  console.log(`\n── ${name}`)
  const child = spawn(process.execPath, [bin(program), ...args], { cwd: root, stdio: 'inherit' })
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)))
  })
  console.log(`${code === 0 ? 'ok' : 'FAILED'} ${name}, ${((performance.now() - started) / 1000).toFixed(1)} s`)
  return code === 0
}

const failed: string[] = []
for (const check of checks) {
  if (!await passes(check)) failed.push(check.name)
}
console.log(failed.length === 0 ? `\nlint: ${checks.length} checks passed` : `\nlint: failed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
