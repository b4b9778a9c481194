/** What intake makes of a form: what is wrong with it, or the order that is to be stored. */
import type { NewWorkOrder } from '../contract.ts'
import { inArea } from '../../accounts/core/can.ts'
import { subjectOf, urgencyFor } from './catalogue.ts'

/** One field that keeps a form from being accepted, in words for the agent. */
export interface Problem { path: string, message: string }

const CONTACT = /^\+?[0-9][0-9 -]{2,24}$/
const AREA = /^\d{6}(\d{3}){0,2}$/

/** The form as it is kept: without blanks at the ends, with the defaults of the domain rules. */
export function tidied (form: NewWorkOrder): NewWorkOrder & { confidential: boolean } {
  const subject = form.subject.trim()
  return {
    ...form,
    title: form.title.trim(),
    content: form.content.trim(),
    wishedOutcome: form.wishedOutcome.trim(),
    // Who wants to stay unknown is not written down.
    callerName: form.anonymous ? '' : form.callerName.trim(),
    contact: form.contact.replace(/[ -]/g, ''),
    // Reports of wrongdoing are confidential unless somebody says otherwise (domain rules, section 3).
    confidential: form.confidential ?? form.type === 'JB',
    subject,
    // An answered question waits for nobody, so its urgency is the agent's own.
    urgency: form.disposition === 'submit' ? urgencyFor(form.urgency, subject) : form.urgency,
    eventTime: form.eventTime.trim(),
    address: form.address.trim(),
    areaCode: form.areaCode.trim(),
    answer: form.answer.trim()
  }
}

/**
 * What is wrong with a tidied form, in the order of the form; empty when it can be stored. Lengths and kinds are the schema's.
 * The place lies in the hotline's area: an order elsewhere would be in nobody's hands.
 */
export function problemsOf (form: NewWorkOrder, hotlineArea: string): Problem[] {
  const problems: Problem[] = []
  const wrong = (path: keyof NewWorkOrder, message: string): void => { problems.push({ path, message }) }
  const submitted = form.disposition === 'submit'
  if (form.contact !== '' && !CONTACT.test(form.contact)) wrong('contact', '联系电话应为 3 位以上数字')
  if (form.areaCode === '' && submitted) wrong('areaCode', '选择所属区域')
  else if (form.areaCode !== '' && !AREA.test(form.areaCode)) wrong('areaCode', '区域代码应为 6、9 或 12 位数字')
  else if (form.areaCode !== '' && !inArea(form.areaCode, hotlineArea)) wrong('areaCode', '所选区域不在本热线辖区')
  if (form.content === '') wrong('content', '填写诉求内容')
  if (form.title === '') wrong('title', '填写标题')
  if (form.subject === '' && submitted) wrong('subject', '选择诉求分类')
  else if (form.subject !== '' && subjectOf(form.subject) === undefined) wrong('subject', '分类目录中没有此代码')
  if (!submitted && form.answer === '') wrong('answer', '直接答复须填写答复内容')
  return problems
}
