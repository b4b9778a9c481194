/** What a work order can be about, as data: types, urgencies, subjects, areas (domain rules, section 3). */
import type { Catalogue, Urgency as UrgencySchema, WorkOrderType } from '../contract.ts'
import { inArea } from '../../accounts/core/can.ts'
import { SUBJECT_LINES } from './subjects.ts'
import type { Static } from 'typebox'

export type Urgency = Static<typeof UrgencySchema>
export type Subject = Catalogue['subjects'][number]

/** Names of the types, in the order in which they are offered. */
export const typeNames: Readonly<Record<WorkOrderType, string>> = {
  CX: '咨询', QZ: '求助', TS: '投诉', JB: '举报', JY: '建议', YJ: '意见', BY: '表扬'
}

/** Names of the urgencies, the least first. */
export const urgencyNames: Readonly<Record<Urgency, string>> = { normal: '一般', urgent: '紧急', critical: '特急' }

/** `01.05.01 温度不达标 wen du bu da biao`. Throws on a line that is not like this, on a code that comes twice, and on one without its group. */
export function parseSubjects (lines: string): Subject[] {
  const codes = new Set<string>()
  return lines.trim().split('\n').map((line) => {
    const match = /^(\d{2}(?:\.\d{2}){0,2}) (\S+) ([a-z]+(?: [a-z]+)*)$/.exec(line)
    const [, code, name, pinyin] = match ?? []
    if (code === undefined || name === undefined || pinyin === undefined) throw new Error(`subject line not understood: ${line}`)
    if (codes.has(code)) throw new Error(`subject code comes twice: ${code}`)
    if (code.length > 2 && !codes.has(code.slice(0, -3))) throw new Error(`subject without its group: ${code}`)
    codes.add(code)
    return { code, name, pinyin }
  })
}

const subjects = parseSubjects(SUBJECT_LINES)
const subjectsByCode = new Map(subjects.map(subject => [subject.code, subject]))

/** Sample of areas (GB/T 2260): the autonomous region with its cities, districts and counties. */
const areas: Catalogue['areas'] = [
  ['640100', '银川市'], ['640104', '银川市兴庆区'], ['640105', '银川市西夏区'], ['640106', '银川市金凤区'],
  ['640121', '银川市永宁县'], ['640122', '银川市贺兰县'], ['640181', '银川市灵武市'],
  ['640200', '石嘴山市'], ['640202', '石嘴山市大武口区'], ['640205', '石嘴山市惠农区'], ['640221', '石嘴山市平罗县'],
  ['640300', '吴忠市'], ['640302', '吴忠市利通区'], ['640303', '吴忠市红寺堡区'], ['640323', '吴忠市盐池县'],
  ['640324', '吴忠市同心县'], ['640381', '吴忠市青铜峡市'],
  ['640400', '固原市'], ['640402', '固原市原州区'], ['640422', '固原市西吉县'], ['640423', '固原市隆德县'],
  ['640424', '固原市泾源县'], ['640425', '固原市彭阳县'],
  ['640500', '中卫市'], ['640502', '中卫市沙坡头区'], ['640521', '中卫市中宁县'], ['640522', '中卫市海原县']
].map(([code, name]) => ({ code: code as string, name: name as string }))
const areaNames = new Map(areas.map(area => [area.code, area.name]))

/** All that a form of the hotline of this area offers, as the API gives it. */
export function catalogueOf (hotlineArea: string): Catalogue {
  const within = areas.filter(({ code }) => inArea(code, hotlineArea))
  return { ...everywhere, areas: within.length > 0 ? within : [{ code: hotlineArea, name: '本热线辖区' }] }
}

const everywhere: Omit<Catalogue, 'areas'> = {
  types: Object.entries(typeNames).map(([code, name]) => ({ code: code as WorkOrderType, name })),
  urgencies: Object.entries(urgencyNames).map(([code, name]) => ({ code: code as Urgency, name })),
  subjects
}

/** The subject of a code; undefined for a code that is none. */
export function subjectOf (code: string): Subject | undefined {
  return subjectsByCode.get(code)
}

/** The name of an area; of a street or village (9 or 12 digits) that of the district around it; '' when unknown. */
export function areaName (code: string): string {
  return areaNames.get(code) ?? areaNames.get(code.slice(0, 6)) ?? ''
}

/** Outages of water, heat, gas and electricity are at least urgent, leaking gas is critical (domain rules, section 3). */
const leastUrgency: Readonly<Record<string, Urgency>> = {
  '01.04.01': 'urgent', '01.05.02': 'urgent', '01.06.01': 'urgent', '01.06.02': 'critical', '13.01.01': 'urgent'
}
const RANK: Readonly<Record<Urgency, number>> = { normal: 0, urgent: 1, critical: 2 }

/** The urgency of a request: what the agent chose, or more where its subject asks for more. */
export function urgencyFor (chosen: Urgency, subject: string): Urgency {
  const least = leastUrgency[subject] ?? 'normal'
  return RANK[least] > RANK[chosen] ? least : chosen
}
