/** Who works in the sample hotline, and for whom: agents with skills, departments, callers. Invented, all of them. */
import { defaultSkillGroups } from '../../ivr/core/skill-groups.ts'

/** Sample agents are 1001 to 1010. */
export const demoAgents: readonly string[] = Array.from({ length: 10 }, (_, at) => String(1001 + at))

/** Everybody serves `general`; each other group has three agents of level 1 and two of level 2. */
export function demoSkills (): Array<{ agentId: string, groupId: string, level: number }> {
  const special = Object.keys(defaultSkillGroups).filter(groupId => groupId !== 'general')
  return demoAgents.flatMap((agentId, at) => [
    { agentId, groupId: 'general', level: 1 },
    ...special.flatMap((groupId, place) => {
      // Each group begins one agent further on, so that skills are spread evenly.
      const distance = (at - place + demoAgents.length) % demoAgents.length
      if (distance > 4) return []
      return [{ agentId, groupId, level: distance < 3 ? 1 : 2 }]
    })
  ])
}

/** Sample departments (联动单位); the id is also the unit of those who work there. */
export const demoDepartments: ReadonlyArray<{ id: string, name: string, areaCode: string }> = [
  { id: 'housing', name: '市住房和城乡建设局', areaCode: '640100' },
  { id: 'urban', name: '市城市管理局', areaCode: '640100' },
  { id: 'transport', name: '市交通运输局', areaCode: '640100' },
  { id: 'police', name: '市公安局', areaCode: '640100' },
  { id: 'labour', name: '市人力资源和社会保障局', areaCode: '640100' },
  { id: 'health', name: '市卫生健康委员会', areaCode: '640100' },
  { id: 'education', name: '市教育局', areaCode: '640100' },
  { id: 'market', name: '市市场监督管理局', areaCode: '640100' },
  { id: 'environment', name: '市生态环境局', areaCode: '640100' },
  { id: 'civil', name: '市民政局', areaCode: '640100' },
  { id: 'heating', name: '市供热集团', areaCode: '640100' },
  { id: 'xingqing', name: '兴庆区分中心', areaCode: '640104' },
  { id: 'jinfeng', name: '金凤区分中心', areaCode: '640106' }
]

export interface DemoCaller { number: string, name: string, sex: 'male' | 'female', areaCode: string, address: string }

const SURNAMES = ['王', '李', '张', '马', '刘', '陈', '杨', '赵', '周', '吴']
const AREAS = ['640104', '640105', '640106', '640121', '640122']
const STREETS = ['文化街', '解放路', '长城路', '北京路', '正源街', '贺兰山路', '丽景街', '清和街']

/** Callers 13800000001 to 13800000040. */
export const demoCallers: readonly DemoCaller[] = Array.from({ length: 40 }, (_, at) => {
  const sex = at % 2 === 0 ? 'female' as const : 'male' as const
  return {
    number: String(13_800_000_001 + at),
    name: `${SURNAMES[(at * 7) % SURNAMES.length]}${sex === 'female' ? '女士' : '先生'}`,
    sex,
    areaCode: AREAS[at % AREAS.length] as string,
    address: `${STREETS[at % STREETS.length]}${12 + at * 3}号`
  }
})
