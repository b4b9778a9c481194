/** One HTTP error per refusal of the administrator's desk. */
import { ApiError, type ErrorDetail } from '../platform/http/errors.ts'

const table = {
  forbidden: { status: 403, message: '此操作仅限管理员' },
  'not-found': { status: 404, message: '没有找到，可能不在您管理的区划内' },
  stale: { status: 409, message: '已被他人修改，您的修改未保存。刷新后查看最新内容再改' },
  exists: { status: 409, message: '编号已被使用（含已停用的）' },
  'own-account': { status: 409, message: '不能停用或重置自己的账号' },
  'own-admin-role': { status: 409, message: '不能取消自己的管理员角色' },
  'last-admin': { status: 409, message: '这是最后一个可用的管理员，不能停用或取消角色' },
  'already-disabled': { status: 409, message: '已经停用' },
  'not-disabled': { status: 409, message: '没有停用' },
  'group-in-use': { status: 409, message: '语音导航流程正在使用此技能组，不能停用' },
  'reason-of-server': { status: 409, message: '系统原因由服务器设置，不能修改' },
  'unit-in-use': { status: 409, message: '还有启用的账号属于此单位，不能停用' },
  'not-csv': { status: 415, message: '请上传 CSV 文件（text/csv）' },
  'phone-system-away': { status: 503, message: '话务系统暂不可用，正在恢复' },
  'invalid-input': { status: 400, message: '填写内容有误' }
} as const

export type AdminRefusal = keyof typeof table

/** To be thrown by the services of the administrator's desk; the routes let it pass. */
export function adminError (code: AdminRefusal, details?: ErrorDetail[]): ApiError {
  const { status, message } = table[code]
  return new ApiError(status, code, message, { ...(details === undefined ? {} : { details }), ...(status === 503 ? { retryAfter: 2 } : {}) })
}
