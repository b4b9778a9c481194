/** Making a work order of a draft, once however often it is asked: the draft's id is the key. */
import type { Page } from '../../../src/platform/http-contract.ts'
import type { NewWorkOrder, WorkOrderView } from '../../../src/work-orders/contract.ts'
import { ApiError, request } from '../shared/api.ts'
import { workOrderOf, type LocalDraft } from './draft.ts'

export interface Submission {
  state: 'sending' | 'failed' | 'done'
  disposition: NewWorkOrder['disposition']
  message?: string
  workOrder?: WorkOrderView
}

const callTries = 3
const callAgainMs = 2000

/** The call's record may be a moment behind the call: then it is tried again. Throws `ApiError`. */
export async function sendWorkOrder (draft: LocalDraft, disposition: NewWorkOrder['disposition'], tries = callTries): Promise<WorkOrderView> {
  try {
    return await request<WorkOrderView>('POST', '/api/v1/work-orders', { body: workOrderOf(draft, disposition), idempotencyKey: draft.id })
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'call-unknown' || tries <= 1) throw error
    await new Promise(resolve => setTimeout(resolve, callAgainMs))
    return sendWorkOrder(draft, disposition, tries - 1)
  }
}

/** The answer to a submission was lost, or another page sent it: the work order that was made of it, if it can be told. */
export async function findSubmitted (draft: LocalDraft): Promise<Submission> {
  const own = draft.callId === null ? undefined : await request<Page<WorkOrderView>>('GET', '/api/v1/work-orders')
  const workOrder = own?.items.find(order => order.callId === draft.callId)
  return { state: 'done', disposition: workOrder?.state === 'closed' ? 'direct-answer' : 'submit', ...(workOrder === undefined ? {} : { workOrder }) }
}
