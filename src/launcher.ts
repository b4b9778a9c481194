/** `npm start`: prepares, starts and watches everything; see docs/architecture.md. SIGINT and SIGTERM stop everything. */
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ConfigError, readConfig } from './platform/config.ts'
import type { Config } from './platform/config.ts'
import { OperatorError } from './platform/process/operator-error.ts'
import { SecretsError } from './platform/secrets.ts'
import { takeFirstAccounts } from './launcher/first-accounts.ts'
import { launch } from './launcher/launch.ts'
import { askHealth } from './launcher/server-process.ts'

const root = join(import.meta.dirname, '..')
const began = performance.now()
/** A terminal's Ctrl-C comes twice within milliseconds, from the terminal and from npm: that is one wish. */
const ONE_WISH_MS = 500
const SERVING_MS = 60_000

function report (line: string): void {
  process.stdout.write(`[${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s] ${line}\n`)
}

/** Ends with one clear sentence where the operator can mend it, with the whole story where only a programmer can. */
function fail (error: unknown): never {
  const clear = error instanceof OperatorError || error instanceof ConfigError || error instanceof SecretsError
  process.stderr.write(`\n启动失败 (not started): ${clear ? error.message : (error as Error).stack ?? String(error)}\n`)
  process.exit(1)
}

function demandSystem (): void {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    throw new OperatorError(`It runs on Linux on x86-64 and arm64; this is ${process.platform} on ${process.arch}.`, '仅支持 x86-64 或 arm64 的 Linux。')
  }
  if (Number.parseInt(process.versions.node) < 24) {
    throw new OperatorError(`It needs Node 24, this is ${process.versions.node}: start it with npm start, which brings one.`, '需要 Node 24:请用 npm start 启动。')
  }
}

/** Waits until calls can be served; the last health when that takes too long. */
async function untilServing (base: string): Promise<unknown> {
  const until = performance.now() + SERVING_MS
  for (;;) {
    const health = await askHealth(base)
    if (health.status === 200) return undefined
    if (performance.now() > until) return health.body ?? 'no answer'
    await wait(100)
  }
}

function greet (config: Config, addresses: readonly string[]): void {
  const sip = config.ariUrl === undefined ? `${config.sipBind}:${config.sipPort}` : 'ARI_URL'
  const accounts = takeFirstAccounts(config.dataDir)
  process.stdout.write([
    '',
    `12345 热线已就绪 (ready), ${((performance.now() - began) / 1000).toFixed(1)} s`,
    `  网页 pages      ${addresses.join('  ')}${config.demo ? '    坐席登录 sign in as agent: 1001' : ''}`,
    ...(config.demo ? [`  试拨 trial call ${addresses[0]}/trial    点 呼叫 12345,听到菜单按 1 (press 呼叫 12345, then 1)`] : []),
    `  接口 API        ${addresses[0]}/api/docs`,
    `  电话 SIP        ${sip} (UDP, TCP)${config.demo ? `    试拨 try: sip:12345@${sip}` : ''}`,
    `  数据 data       ${config.dataDir}`,
    ...(accounts.length === 0 ? [] : ['', '账号与初始密码,仅显示一次 (accounts and first passwords, shown once):', ...accounts]),
    '',
    '按 Ctrl-C 停止 (Ctrl-C stops everything)',
    ''
  ].join('\n') + '\n')
}

process.umask(0o077)
let config: Config
try {
  demandSystem()
  config = readConfig(process.env)
} catch (error) {
  fail(error)
}
const launched = launch({ config, root, dev: process.argv.includes('--dev'), report })

let wished = 0
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    const now = performance.now()
    if (wished !== 0) {
      if (now - wished < ONE_WISH_MS) return
      report('立即结束 (ending at once)')
      launched.kill()
      process.exit(1)
    }
    wished = now
    report('正在停止 (stopping) ...')
    launched.stop().then(() => {
      report('已停止 (stopped)')
      process.exit(0)
    }, fail)
  })
}

try {
  const { addresses, serverBase } = await launched.ready
  const missing = await untilServing(serverBase)
  if (missing !== undefined) report(`尚不能接听来电 (calls cannot be served yet): ${JSON.stringify(missing)}`)
  greet(config, addresses)
} catch (error) {
  // Stopped while it started: the stop ends the process.
  if (wished === 0) fail(error)
}
