/** Asks each part how it is, without waiting for any. */
import type { Component, Health } from './routes.ts'

export interface HealthDependencies {
  databaseUp: () => boolean
  phoneConnected: () => boolean
  /** Live calls were found and agents are known. */
  settled: () => boolean
  rosterLoaded: () => boolean
  flows: () => { ok: boolean, findings: number }
  journal: () => { state: 'ok' | 'behind' | 'losing', spooledBytes: number }
  missingYears: () => number[]
  /** Room for recordings. */
  disk: () => 'ok' | 'low' | 'full'
}

export function createHealth (parts: HealthDependencies): () => Health['components'] {
  const ok: Component = { state: 'ok' }

  function application (): Component {
    if (!parts.settled()) return { state: 'down', detail: '正在接管进行中的通话' }
    if (!parts.rosterLoaded()) return { state: 'degraded', detail: '尚未读到坐席名单' }
    const missing = parts.missingYears()
    return missing.length === 0 ? ok : { state: 'degraded', detail: `缺少 ${missing.join('、')} 年节假日安排` }
  }

  function flows (): Component {
    const { ok: usable, findings } = parts.flows()
    if (!usable) return { state: 'degraded', detail: '没有可用的语音流程,来电直接转人工' }
    return findings === 0 ? ok : { state: 'degraded', detail: `流程文件有 ${findings} 处问题,沿用上一可用版本` }
  }

  function journal (): Component {
    const { state, spooledBytes } = parts.journal()
    if (state === 'ok') return ok
    return state === 'behind' ? { state: 'degraded', detail: `${spooledBytes} 字节待入库` } : { state: 'degraded', detail: '记录正在丢失:磁盘已满或不可写' }
  }

  function recordings (): Component {
    switch (parts.disk()) {
      case 'ok': return ok
      case 'low': return { state: 'degraded', detail: '磁盘空间不足，即将无法录音' }
      case 'full': return { state: 'degraded', detail: '磁盘已满，通话照常但不再录音' }
    }
  }

  return () => ({
    database: parts.databaseUp() ? ok : { state: 'down', detail: '数据库无响应,通话照常,记录暂存本机' },
    asterisk: parts.phoneConnected() ? ok : { state: 'down', detail: '话务系统未连接' },
    application: application(),
    flows: flows(),
    journal: journal(),
    recordings: recordings()
  })
}
