/** `npm run restore -- DIR [--replace]`: brings the hotline of these settings back from a backup. docs/operations.md */
import { parseArgs } from 'node:util'
import { createSystemClock } from '../platform/clock.ts'
import { readConfig } from '../platform/config.ts'
import { OperatorError } from '../platform/process/operator-error.ts'
import { restore } from './restore.ts'
import { askSecretly, fail, namedPath, progress } from './terminal.ts'

process.umask(0o077)
const clock = createSystemClock()
try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { replace: { type: 'boolean', default: false } } })
  const [named, ...more] = positionals
  if (named === undefined || more.length > 0) throw new OperatorError('Name the backup: npm run restore -- DIR [--replace]', '请指定备份目录:npm run restore -- 目录 [--replace]')
  const config = readConfig(process.env)
  const manifest = await restore({
    config,
    dir: namedPath(named),
    replace: values.replace,
    passphrase: async () => config.backupPassphrase ?? await askSecretly('备份的口令 (passphrase of the backup): '),
    clock,
    report: progress(clock)
  })
  process.stdout.write(`\n已恢复到 (restored as of) ${manifest.createdAt}。现在可以启动热线 (the hotline can be started now).\n`)
  process.exit(0)
} catch (error) {
  fail('恢复失败 (not restored)', error)
}
