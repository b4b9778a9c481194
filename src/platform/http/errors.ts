/** Errors as the API answers them: a stable code, a status, a Chinese message. */
import type { ErrorBody } from '../http-contract.ts'
import { isDatabaseAway } from '../database/errors.ts'

export interface ErrorDetail { path: string, message: string }

/** Thrown by routes. Capabilities keep their own tables of codes in their errors.ts and make these from them. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number
  readonly details: ErrorDetail[] | undefined
  /** Seconds after which trying again makes sense. */
  readonly retryAfter: number | undefined
  constructor (status: number, code: string, message: string, more: { details?: ErrorDetail[], retryAfter?: number } = {}) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.details = more.details
    this.retryAfter = more.retryAfter
  }
}

/** What Fastify and its plugins throw, by their status. */
const general: Readonly<Record<number, { code: string, message: string }>> = {
  400: { code: 'bad-request', message: '请求格式有误' },
  401: { code: 'not-signed-in', message: '尚未登录或登录已过期,请重新登录' },
  403: { code: 'forbidden', message: '没有此项操作的权限' },
  404: { code: 'not-found', message: '没有找到' },
  405: { code: 'method-not-allowed', message: '不支持此操作' },
  409: { code: 'conflict', message: '与当前状态冲突' },
  413: { code: 'too-large', message: '提交的内容过大' },
  415: { code: 'unsupported-media-type', message: '请以 JSON 提交' },
  429: { code: 'too-many-requests', message: '操作过于频繁,请稍后再试' },
  503: { code: 'unavailable', message: '服务暂不可用,请稍后再试' }
}

/** The answer to a request that failed. What is not ours to explain becomes `internal` without its text. */
export function errorAnswer (error: unknown): { status: number, body: ErrorBody, retryAfter: number | undefined } {
  if (error instanceof ApiError) {
    const body = { code: error.code, message: error.message, ...(error.details === undefined ? {} : { details: error.details }) }
    return { status: error.status, body, retryAfter: error.retryAfter }
  }
  if (isDatabaseAway(error)) return { status: 503, body: { code: 'database-away', message: '数据库暂不可用,请稍后再试' }, retryAfter: 2 }
  const invalid = validationDetails(error)
  if (invalid !== undefined) return { status: 400, body: { code: 'invalid-input', message: '填写内容有误', details: invalid }, retryAfter: undefined }
  const status = statusOf(error)
  const known = general[status]
  if (known !== undefined) return { status, body: known, retryAfter: status === 503 ? 1 : undefined }
  return { status: 500, body: { code: 'internal', message: '系统内部错误,已记录' }, retryAfter: undefined }
}

function statusOf (error: unknown): number {
  const status = (error as { statusCode?: unknown }).statusCode
  return typeof status === 'number' ? status : 500
}

interface AjvError { keyword: string, instancePath: string, params: Record<string, unknown> }

function validationDetails (error: unknown): ErrorDetail[] | undefined {
  const { validation, validationContext } = error as { validation?: AjvError[], validationContext?: string }
  if (!Array.isArray(validation)) return undefined
  return validation.map(({ keyword, instancePath, params }) => {
    const missing = keyword === 'required' ? `/${String(params.missingProperty)}` : keyword === 'additionalProperties' ? `/${String(params.additionalProperty)}` : ''
    return { path: `${validationContext === 'body' || validationContext === undefined ? '' : `/${validationContext}`}${instancePath}${missing}` || '/', message: inWords(keyword, params) }
  })
}

function inWords (keyword: string, params: Record<string, unknown>): string {
  switch (keyword) {
    case 'required': return '必填'
    case 'additionalProperties': return '不认识的字段'
    case 'minLength': return Number(params.limit) === 1 ? '不能为空' : `至少 ${String(params.limit)} 个字`
    case 'maxLength': return `最多 ${String(params.limit)} 个字`
    case 'minimum': return `不能小于 ${String(params.limit)}`
    case 'maximum': return `不能大于 ${String(params.limit)}`
    case 'enum':
    case 'const':
    case 'anyOf': return '不是可选的值'
    case 'type': return '类型不对'
    case 'format':
    case 'pattern': return '格式不对'
    default: return '不符合要求'
  }
}
