/** States of a work order (domain rules, section 4). What comes after intake is the work of other capabilities. */
import type { NewWorkOrder } from '../contract.ts'

/** State words with the names that people see. */
export const stateNames = {
  'pending-review': '待审核',
  'pending-sign': '待签收',
  processing: '办理中',
  returned: '退单待审',
  'extension-review': '延期待审',
  suspended: '挂起',
  'result-review': '待办结审核',
  'pending-callback': '待回访',
  redo: '重办',
  supervised: '督办中',
  closed: '已办结',
  archived: '已归档',
  refused: '不予受理',
  merged: '已并单',
  cancelled: '已撤销',
  terminated: '已终结'
} as const

export type WorkOrderState = keyof typeof stateNames

const CLOSED: ReadonlySet<WorkOrderState> = new Set(['closed', 'archived', 'refused', 'merged', 'cancelled', 'terminated'])

/** Whether somebody still has to work on it. */
export function isOpen (state: WorkOrderState): boolean {
  return !CLOSED.has(state)
}

/** State in which intake leaves an order: answered in the call it is closed (no. 1), else a dispatcher looks at it (no. 3). */
export function stateAfterIntake (disposition: NewWorkOrder['disposition']): WorkOrderState {
  return disposition === 'direct-answer' ? 'closed' : 'pending-review'
}
