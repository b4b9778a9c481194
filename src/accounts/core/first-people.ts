/** The accounts of a first start. */
import type { Actor } from '../../kernel/actor.ts'

export interface Place { areaCode: string, unitId: string }

const AGENTS = ['张敏', '李娜', '马晓燕', '王芳', '刘洋', '陈静', '杨帆', '赵磊', '周婷', '吴昊']

/** The one who makes all other accounts. */
export function administrator (place: Place): Actor {
  return { id: 'admin', name: '系统管理员', roles: ['admin'], ...place }
}

/** Sample people: administrator, leader, dispatcher, callback officer, agents 1001 to 1010, one handler a department. */
export function samplePeople (place: Place, departments: ReadonlyArray<{ id: string, name: string, areaCode: string }>): Actor[] {
  return [
    administrator(place),
    { id: 'leader', name: '班长 孙丽', roles: ['leader'], ...place },
    { id: 'dispatcher', name: '派单员 高翔', roles: ['dispatcher'], ...place },
    { id: 'callback', name: '回访员 何琳', roles: ['callback'], ...place },
    ...AGENTS.map((name, index): Actor => ({ id: String(1001 + index), name, roles: ['agent'], ...place })),
    ...departments.map(({ id, name, areaCode }): Actor => ({ id, name: `${name} 经办人`, roles: ['department'], areaCode, unitId: id }))
  ]
}
