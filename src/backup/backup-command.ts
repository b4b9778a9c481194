/** `npm run backup -- DIR`: a backup of the hotline of these settings into a new folder; it may run meanwhile. docs/operations.md */
import { createSystemClock } from '../platform/clock.ts'
import { readConfig } from '../platform/config.ts'
import { OperatorError } from '../platform/process/operator-error.ts'
import { backUp } from './back-up.ts'
import { askSecretly, fail, namedPath, progress } from './terminal.ts'

const MOST_TRIES = 3
const SHORTEST = 12

/** From the settings, else from who sits there, twice; undefined when neither gives one. */
async function choosePassphrase (given: string | undefined): Promise<string | undefined> {
  if (given !== undefined) return given
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const first = await askSecretly('加密密钥的口令,至少 12 个字符;直接回车则不备份密钥 (passphrase for the secrets, 12 characters or more; Enter leaves them out): ')
    if (first === undefined || first === '') return undefined
    if (first.length < SHORTEST) process.stderr.write('太短 (too short)\n')
    else if (await askSecretly('再输入一次 (once more): ') === first) return first
    else process.stderr.write('两次不同 (they differ)\n')
  }
  throw new OperatorError('No passphrase was chosen.', '未设定口令。')
}

process.umask(0o077)
const clock = createSystemClock()
try {
  const [named, ...more] = process.argv.slice(2)
  if (named === undefined || more.length > 0 || named.startsWith('-')) throw new OperatorError('Name the folder to make: npm run backup -- DIR', '请指定备份目录:npm run backup -- 目录')
  const config = readConfig(process.env)
  const passphrase = await choosePassphrase(config.backupPassphrase)
  const dir = namedPath(named)
  const { files, bytes } = await backUp({ config, dir, passphrase, clock, report: progress(clock) })
  process.stdout.write(`\n备份完成 (backup complete): ${dir}, ${files} 个文件 (files), ${(bytes / 1048576).toFixed(1)} MB\n`)
  if (passphrase === undefined) {
    process.stdout.write(`\n注意:备份不含密钥。请另行安全保管 ${config.secretsFile};没有它,备份中的号码、姓名、地址和录音都无法读取。\n` +
      `WARNING: this backup holds no secrets. Keep ${config.secretsFile} safe elsewhere: without it no number, name or address in the backup can be read.\n`)
  }
  process.exit(0)
} catch (error) {
  fail('备份失败 (no backup was made)', error)
}
