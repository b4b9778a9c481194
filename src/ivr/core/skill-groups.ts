/** Skill groups of the shipped flow, by id, with the names that people see. */
export const defaultSkillGroups: Readonly<Record<string, string>> = {
  general: '综合受理',
  consult: '咨询',
  complaint: '投诉举报建议',
  help: '求助',
  progress: '进度查询',
  enterprise: '企业服务',
  minority: '少数民族语言',
  english: 'English'
}

/** Where a call goes whose flow cannot go on. */
export const FALLBACK_SKILL_GROUP = 'general'
