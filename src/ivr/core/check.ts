/** The graph check: what the schema cannot see. Pure; the file has passed the schema. */
import { isDate } from './say.ts'
import { RETURN, type CompiledFlow, type FlowFile, type FlowNode } from './flow.ts'
import { finding, oneOf, type Finding } from './finding.ts'
import { graphOf, summaryOf, waysToHuman, type Graph, type Summary } from './graph.ts'
import { pointerStep } from './json-text.ts'
import type { Bilingual } from './node-type.ts'
import { typeOf } from './registry.ts'
import { MOST_VARIABLES, placeholdersIn } from './text.ts'
import type { Condition } from './condition.ts'

/** What a flow may refer to. */
export interface Known {
  /** Prompts that exist, e.g. `zh/welcome`. */
  prompts: ReadonlySet<string>
  skillGroups: ReadonlySet<string>
  /** Names of all flow files, also of faulty ones. */
  flowNames: ReadonlySet<string>
  /** The accepted flows that this one may call, by name. */
  subFlows: ReadonlyMap<string, { flow: CompiledFlow, summary: Summary }>
}

/** Checks one flow. No findings: it can run, and `summary` tells its callers what they must know. */
export function checkFlow (fileName: string, flow: FlowFile, known: Known): { findings: Finding[], summary: Summary } {
  const findings: Finding[] = []
  const report = (pointer: string, problem: Bilingual, wanted: Bilingual): void => { findings.push(finding(fileName, pointer, problem, wanted)) }
  const summaries = new Map([...known.subFlows].map(([name, { summary }]) => [name, summary]))
  const graph = graphOf(flow, summaries)
  const check: Check = { flow, known, graph, report }

  checkName(check, fileName)
  const targetsKnown = checkTargets(check)
  for (const [id, node] of Object.entries(flow.nodes)) {
    const at = `/nodes${pointerStep(id)}`
    for (const each of typeOf(node).check?.(node) ?? []) report(at + each.pointer, each.problem, each.wanted)
    checkPrompts(check, at, node)
    checkNode(check, at, node)
  }
  checkVariables(check)
  // What can be reached is only told where every way leads somewhere.
  if (targetsKnown) {
    checkWays(check)
    checkHumans(check)
  }
  return { findings, summary: summaryOf(flow, graph) }
}

interface Check {
  flow: FlowFile
  known: Known
  graph: Graph
  report: (pointer: string, problem: Bilingual, wanted: Bilingual) => void
}

function checkName ({ flow, report }: Check, fileName: string): void {
  const stem = fileName.replace(/\.json$/, '')
  if (flow.name !== stem) {
    report('/name', { zh: `名称 ${flow.name} 与文件名 ${fileName} 不一致`, en: `the name ${flow.name} is not that of the file ${fileName}` }, { zh: stem, en: stem })
  }
}

function checkTargets ({ flow, report }: Check): boolean {
  const ids = Object.keys(flow.nodes)
  let known = true
  const check = (pointer: string, target: string, mayReturn: boolean): void => {
    if (target === RETURN) {
      if (mayReturn && flow.kind === 'sub') return
      known = false
      report(pointer, mayReturn
        ? { zh: '主流程不能返回：没有调用它的流程', en: 'a main flow cannot return: nothing called it' }
        : { zh: '这里不能是 @return', en: '@return cannot stand here' },
      { zh: mayReturn ? '本流程的节点，或把 kind 改为 sub' : '本流程的节点', en: mayReturn ? 'a node of this flow, or kind sub' : 'a node of this flow' })
    } else if (!Object.hasOwn(flow.nodes, target)) {
      known = false
      report(pointer, { zh: `没有名为 ${target} 的节点`, en: `there is no node ${target}` }, oneOf(target, ids))
    }
  }
  check('/start', flow.start, false)
  check('/agent', flow.agent, true)
  for (const [id, node] of Object.entries(flow.nodes)) {
    for (const edge of typeOf(node).edges(node)) check(`/nodes${pointerStep(id)}${edge.pointer}`, edge.target, true)
  }
  return known
}

function checkPrompts ({ known, report }: Check, at: string, node: FlowNode): void {
  for (const { pointer, prompt } of typeOf(node).prompts(node)) {
    if (!known.prompts.has(prompt)) {
      report(at + pointer, { zh: `提示音 ${prompt} 不存在`, en: `there is no prompt ${prompt}` }, prompt.includes('/')
        ? oneOfOr(prompt, known.prompts, { zh: `在 prompts 目录放入 ${prompt}.wav`, en: `the file prompts/${prompt}.wav` })
        : oneOf(prompt, known.prompts))
    }
  }
}

/** A likely name if there is one, else what to do. */
function oneOfOr (name: string, names: ReadonlySet<string>, otherwise: Bilingual): Bilingual {
  const language = name.slice(0, 3)
  const near = oneOf(name, [...names].filter(each => each.startsWith(language) && Math.abs(each.length - name.length) < 3 && each.slice(3, 5) === name.slice(3, 5)))
  return near.en.includes(' (there are ') ? near : otherwise
}

function checkNode ({ flow, known, report }: Check, at: string, node: FlowNode): void {
  switch (node.type) {
    case 'queue':
      if (!known.skillGroups.has(node.skillGroup)) {
        report(`${at}/skillGroup`, { zh: `技能组 ${node.skillGroup} 不存在`, en: `there is no skill group ${node.skillGroup}` }, oneOf(node.skillGroup, known.skillGroups))
      }
      return
    case 'sub-flow':
      checkSubFlow(node.flow, node.next)
      return
    case 'menu': {
      if (node.choices['0'] === undefined) {
        report(`${at}/choices`, { zh: '菜单没有转人工的 0 键', en: 'the menu has no key 0 to an agent' }, { zh: '一个 "0" 选项，通向人工排队', en: 'a choice "0" that leads to a queue' })
      }
      const labels = new Map<string, string>()
      for (const [key, choice] of Object.entries(node.choices)) {
        const first = labels.get(choice.label)
        if (first === undefined) labels.set(choice.label, key)
        else report(`${at}/choices/${key}/label`, { zh: `${first} 键和 ${key} 键都叫“${choice.label}”`, en: `keys ${first} and ${key} are both called "${choice.label}"` }, { zh: '各不相同的名称', en: 'a different label for each key' })
      }
      return
    }
    case 'branch':
      checkBranch(node.cases)
      return
    case 'say':
      if (!/[{}]/.test(node.value) && !sayable(node.as, node.value)) {
        report(`${at}/value`, { zh: `“${node.value}”无法按 ${node.as} 播报`, en: `"${node.value}" cannot be said as ${node.as}` }, SAYABLE[node.as])
      }
      break
    case 'play': case 'collect': case 'set': case 'hang-up': // nothing beyond the schema
  }

  function checkSubFlow (name: string, next: string | undefined): void {
    const called = known.subFlows.get(name)
    if (called === undefined) {
      if (known.flowNames.has(name)) {
        report(`${at}/flow`, { zh: `流程 ${name} 有错，且没有可用的旧版本`, en: `the flow ${name} is faulty, and there is no earlier good version` }, { zh: `改正 ${name}.json`, en: `a corrected ${name}.json` })
      } else {
        report(`${at}/flow`, { zh: `没有名为 ${name} 的流程`, en: `there is no flow ${name}` }, oneOf(name, [...known.flowNames].filter(each => each !== flow.name)))
      }
      return
    }
    if (called.flow.file.kind !== 'sub') {
      report(`${at}/flow`, { zh: `${name} 是主流程，不能被调用`, en: `${name} is a main flow and cannot be called` }, { zh: 'kind 为 sub 的流程', en: 'a flow of kind sub' })
    } else if (called.summary.returns && next === undefined) {
      report(at, { zh: `流程 ${name} 会返回，但没有写 next`, en: `the flow ${name} may return, but there is no next` }, { zh: 'next：返回后的节点', en: 'next: the node to go on with' })
    }
  }

  function checkBranch (cases: ReadonlyArray<{ when: Condition }>): void {
    const seen = new Map<string, number>()
    cases.forEach(({ when }, index) => {
      const pointer = `${at}/cases/${index}/when`
      const text = JSON.stringify(when)
      const first = seen.get(text)
      if (first === undefined) seen.set(text, index)
      else report(pointer, { zh: `与第 ${first + 1} 个条件相同，永远轮不到`, en: `the same condition as case ${first + 1}: never reached` }, { zh: '另一个条件', en: 'a different condition' })
      checkCondition(when, pointer)
    })
  }

  function checkCondition (when: Condition, pointer: string): void {
    if ('all' in when) when.all.forEach((each, index) => { checkCondition(each, `${pointer}/all/${index}`) })
    else if ('any' in when) when.any.forEach((each, index) => { checkCondition(each, `${pointer}/any/${index}`) })
    else if ('not' in when) checkCondition(when.not, `${pointer}/not`)
    else if ('time' in when && when.time.from === when.time.to) {
      report(`${pointer}/time/to`, { zh: '起止时间相同', en: 'from and to are the same time' }, { zh: '不同的结束时间（跨零点也可）', en: 'another end, past midnight if need be' })
    } else if ('date' in when) {
      for (const end of ['from', 'to'] as const) {
        if (!isDate(when.date[end])) report(`${pointer}/date/${end}`, { zh: `${when.date[end]} 不是真实日期`, en: `${when.date[end]} is not a real date` }, { zh: 'YYYY-MM-DD 形式的真实日期', en: 'a real date, YYYY-MM-DD' })
      }
      if (when.date.from > when.date.to) report(`${pointer}/date`, { zh: '开始日期晚于结束日期，永不成立', en: 'from is after to: never holds' }, { zh: '不晚于结束日期的开始日期', en: 'from not after to' })
    }
  }
}

const SAYABLE: Readonly<Record<'digits' | 'number' | 'date' | 'time', Bilingual>> = {
  digits: { zh: '数字串，或 {变量}', en: 'digits, or a {variable}' },
  number: { zh: '数值，或 {变量}', en: 'a number, or a {variable}' },
  date: { zh: 'YYYY-MM-DD，或 {变量}', en: 'YYYY-MM-DD, or a {variable}' },
  time: { zh: 'HH:MM，或 {变量}', en: 'HH:MM, or a {variable}' }
}

function sayable (as: keyof typeof SAYABLE, value: string): boolean {
  switch (as) {
    case 'digits': return /^[\d\s()+-]*\d[\d\s()+-]*$/.test(value)
    case 'number': return /^-?\d{1,12}(\.\d{1,6})?$/.test(value)
    case 'date': return isDate(value)
    case 'time': return /^([01]?\d|2[0-3]):[0-5]\d$/.test(value)
  }
}

function checkVariables ({ flow, known, report }: Check): void {
  const written = new Set(Object.keys(flow.variables ?? {}))
  for (const node of Object.values(flow.nodes)) for (const name of typeOf(node).writes?.(node) ?? []) written.add(name)
  for (const { flow: called } of known.subFlows.values()) for (const name of variablesOf(called.file)) written.add(name)
  if (written.size > MOST_VARIABLES) {
    report('', { zh: `变量 ${written.size} 个，超过 ${MOST_VARIABLES} 个`, en: `${written.size} variables, more than ${MOST_VARIABLES}` }, { zh: `至多 ${MOST_VARIABLES} 个变量（含所调用的流程）`, en: `at most ${MOST_VARIABLES}, those of called flows included` })
  }
  for (const [id, node] of Object.entries(flow.nodes)) {
    const at = `/nodes${pointerStep(id)}`
    // A sub-flow may read what its caller collected, if it says so by an initial value of its own.
    for (const { pointer, variable } of typeOf(node).reads?.(node) ?? []) {
      if (!written.has(variable)) {
        report(at + pointer, { zh: `变量 ${variable} 从未赋值`, en: `the variable ${variable} is never given a value` }, written.size > 0
          ? oneOf(variable, written)
          : { zh: '在 variables、set 或 collect 中赋值的变量', en: 'a variable that variables, set or collect gives a value' })
      }
    }
    for (const { pointer, text } of textsOf(node)) {
      for (const name of placeholdersIn(text)) {
        const [first, second] = name.split('.')
        const good = second === undefined ? first !== '' : first === 'caller' ? second !== '' : ['moment.date', 'moment.time'].includes(name)
        if (!good) report(at + pointer, { zh: `占位符 {${name}} 不存在`, en: `there is no placeholder {${name}}` }, { zh: '{变量}、{caller.ani}、{caller.dnis}、{caller.属性}、{moment.date} 或 {moment.time}', en: 'a {variable}, {caller.ani}, {caller.dnis}, {caller.ATTRIBUTE}, {moment.date} or {moment.time}' })
      }
      if (/[{}]/.test(text.replace(/\{[^{}]*\}/g, ''))) {
        report(at + pointer, { zh: `“${text}”的花括号不成对`, en: `the braces of "${text}" do not match` }, { zh: '成对的 { 和 }', en: 'a } for each {' })
      }
    }
  }
}

/** Variables that the flow itself, or one it calls, gives a value. */
function variablesOf (file: FlowFile): string[] {
  return [...Object.keys(file.variables ?? {}), ...Object.values(file.nodes).flatMap(node => typeOf(node).writes?.(node) ?? [])]
}

function textsOf (node: FlowNode): Array<{ pointer: string, text: string }> {
  switch (node.type) {
    case 'say': return [{ pointer: '/value', text: node.value }]
    case 'set': return Object.entries(node.values).map(([name, text]) => ({ pointer: `/values/${name}`, text }))
    case 'branch': return node.cases.flatMap((each, index) => conditionTexts(each.when, `/cases/${index}/when`))
    case 'play': case 'menu': case 'collect': case 'queue': case 'sub-flow': case 'hang-up': return []
  }
}

function conditionTexts (when: Condition, pointer: string): Array<{ pointer: string, text: string }> {
  if ('all' in when) return when.all.flatMap((each, index) => conditionTexts(each, `${pointer}/all/${index}`))
  if ('any' in when) return when.any.flatMap((each, index) => conditionTexts(each, `${pointer}/any/${index}`))
  if ('not' in when) return conditionTexts(when.not, `${pointer}/not`)
  return 'value' in when ? [{ pointer: `${pointer}/value`, text: when.value }] : []
}

function checkWays ({ flow, graph, report }: Check): void {
  const reached = graph.reach([flow.start, flow.agent])
  const inRound = new Set<string>()
  for (const round of graph.rounds()) {
    for (const id of round) inRound.add(id)
    const [first = ''] = round
    const second = round[1] ?? first
    const edge = graph.edges(first).find(each => each.target === second && !each.waits)
    const way = [...round, first].join(' → ')
    report(`/nodes${pointerStep(first)}${edge?.pointer ?? ''}`, { zh: `循环 ${way} 不等待任何按键`, en: `the loop ${way} waits for no key` }, { zh: '循环中有菜单或收号，或另一个去向', en: 'a menu or digits on the way, or another target' })
  }
  for (const id of Object.keys(flow.nodes)) {
    if (!reached.has(id)) {
      report(`/nodes${pointerStep(id)}`, { zh: `节点 ${id} 永远到不了`, en: `the node ${id} is never reached` }, { zh: '一个通向它的去向，或删去它', en: 'a way to it, or no such node' })
    } else if (!inRound.has(id) && !graph.ends(id)) {
      report(`/nodes${pointerStep(id)}`, { zh: `从节点 ${id} 出发没有出路，通话无法结束也到不了人工`, en: `there is no way out of ${id}: neither to an agent nor to an end` }, { zh: '通向 queue、hang-up 或 @return 的去向', en: 'a way to a queue, a hang-up or @return' })
    }
  }
}

function checkHumans ({ flow, known, graph, report }: Check): void {
  const check = (pointer: string, target: string, direct: boolean): void => {
    const fates = graph.fates(target)
    const wanted = { zh: direct ? '直接通向 queue 节点' : '通向 queue 节点', en: direct ? 'a way straight to a queue' : 'a way to a queue' }
    if (fates.has('hang-up')) {
      report(pointer, { zh: `${target} 会挂机，来电人到不了人工`, en: `${target} may hang up: the caller gets no agent` }, wanted)
    } else if (direct && fates.has('waits')) {
      report(pointer, { zh: `${target} 还要按键才到人工`, en: `${target} wants more keys before an agent` }, wanted)
    }
  }
  check('/agent', flow.agent, true)
  for (const [id, node] of Object.entries(flow.nodes)) {
    const at = `/nodes${pointerStep(id)}`
    for (const way of waysToHuman(node)) check(at + way.pointer, way.target, way.direct)
    if (node.type === 'sub-flow' && node.next !== undefined && known.subFlows.get(node.flow)?.summary.humanByReturn === true) {
      check(`${at}/next`, node.next, true)
    }
  }
}

/** Names of the flows that `file` calls, each with the pointer of its first mention. */
export function callsOf (file: FlowFile): Map<string, string> {
  const calls = new Map<string, string>()
  for (const [id, node] of Object.entries(file.nodes)) {
    if (node.type === 'sub-flow' && !calls.has(node.flow)) calls.set(node.flow, `/nodes${pointerStep(id)}/flow`)
  }
  return calls
}
