/** One HTTP error per refusal of an agent's command. */
import { ApiError } from '../platform/http/errors.ts'
import type { AgentRefusal } from './core/agent.ts'

const table: Record<AgentRefusal | 'phone-held' | 'unknown-reason' | 'phone-system-away', { status: number, message: string }> = {
  'not-signed-in': { status: 409, message: '坐席尚未签入' },
  'in-call': { status: 409, message: '通话或振铃中,不能进行此操作' },
  'not-in-wrap-up': { status: 409, message: '当前不在话后整理状态' },
  'not-available': { status: 409, message: '坐席当前不可用' },
  'phone-held': { status: 409, message: '话机正由另一页面使用,可选择在此接管' },
  'unknown-reason': { status: 400, message: '没有这个示忙原因' },
  'phone-system-away': { status: 503, message: '话务系统暂不可用,正在恢复' }
}

export function agentError (code: keyof typeof table): ApiError {
  const { status, message } = table[code]
  return new ApiError(status, code, message, status === 503 ? { retryAfter: 2 } : {})
}
