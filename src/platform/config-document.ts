/** docs/configuration.md, made from the table of variables. */
import { variables, type Variable } from './config.ts'

/** The whole document; the same table gives the same text. */
export function configurationDocument (): string {
  const all = Object.values(variables) as Array<Variable<unknown>>
  const row = (variable: Variable<unknown>) =>
    `| \`${variable.name}\` | ${variable.shownDefault ?? variable.fallback ?? '–'} | ${variable.zh}<br>${variable.en} |`
  const table = (chosen: Array<Variable<unknown>>) => ['| 变量 Variable | 默认 Default | 含义 Meaning |', '| --- | --- | --- |', ...chosen.map(row)].join('\n')
  return `# 配置 Configuration

<!-- Written by scripts/write-configuration-doc.ts from src/platform/config.ts: change it there. -->

所有配置来自环境变量，启动时统一校验：有误则逐条说明并停止启动。
All configuration comes from environment variables and is checked at start: each wrong one is named, and nothing starts.

${table(all.filter(variable => variable.internal !== true))}

## 内部变量 Internal

由启动器为服务进程设置。Set by the launcher for the server process.

${table(all.filter(variable => variable.internal === true))}
`
}
