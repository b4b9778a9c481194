/** The accounts that the server made at its first start: shown once, on the terminal, then gone. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

interface FirstAccount { username: string, password: string, name?: string, role?: string }

/** Lines for the terminal, or none when there are no new accounts. The file is removed: who missed the lines makes new passwords. */
export function takeFirstAccounts (dataDir: string): string[] {
  const file = join(dataDir, 'first-accounts.json')
  if (!existsSync(file)) return []
  const { accounts } = JSON.parse(readFileSync(file, 'utf8')) as { accounts: FirstAccount[] }
  rmSync(file)
  const width = Math.max(...accounts.map(account => account.username.length))
  return accounts.map(account => `  ${account.username.padEnd(width)}  ${account.password}  ${[account.name, account.role].filter(Boolean).join(' ')}`.trimEnd())
}
