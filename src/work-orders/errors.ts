/** Refusals of work orders as the API answers them. */
import { ApiError } from '../platform/http/errors.ts'
import type { WorkOrderRefusal } from './service.ts'

type Code = WorkOrderRefusal['code']

const answers: Readonly<Record<Code, { status: number, message: string, retryAfter?: number }>> = {
  forbidden: { status: 403, message: '没有此项操作的权限' },
  'not-found': { status: 404, message: '没有找到' },
  // A call is written down a moment after it begins, and later while the database has been away.
  'call-unknown': { status: 409, message: '通话记录尚未入库,请稍后重试', retryAfter: 2 },
  'call-of-another': { status: 403, message: '只能为自己接听的通话登记工单' },
  'idempotency-conflict': { status: 409, message: '此草稿已提交过,内容与本次不同' },
  'draft-outdated': { status: 409, message: '草稿已在另一页面更新' },
  'draft-submitted': { status: 409, message: '此草稿已提交为工单' },
  'too-many-drafts': { status: 409, message: '草稿过多,请先提交或删除' },
  'invalid-input': { status: 400, message: '填写内容有误' }
}

/** The error for a refusal; what is wrong with a form stands in its details, by field. */
export function errorOf (refusal: WorkOrderRefusal): ApiError {
  const { status, message, retryAfter } = answers[refusal.code]
  return new ApiError(status, refusal.code, message, {
    ...(refusal.code === 'invalid-input' ? { details: refusal.problems.map(({ path, message }) => ({ path: `/${path}`, message })) } : {}),
    ...(retryAfter === undefined ? {} : { retryAfter })
  })
}
