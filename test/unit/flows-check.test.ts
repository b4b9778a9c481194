import t, { type Test } from 'tap'
import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Writable } from 'node:stream'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { createSystemClock } from '../../src/platform/clock.ts'
import { createLog } from '../../src/platform/log.ts'
import { begin, step, type IvrContext } from '../../src/ivr/core/interpreter.ts'
import { closest } from '../../src/ivr/core/finding.ts'
import { parseJson } from '../../src/ivr/core/json-text.ts'
import { defaultSkillGroups } from '../../src/ivr/core/skill-groups.ts'
import { checkFiles, schemaText } from '../../src/ivr/flows-check.ts'
import { flowFilesIn } from '../../src/ivr/folder.ts'
import { createFlowLibrary, type WatchedFlowLibrary } from '../../src/ivr/library.ts'

const root = join(import.meta.dirname, '../..')
const badFlows = join(root, 'test/fixtures/bad-flows')
const promptsFolder = join(root, 'ivr-flows/prompts')
const skillGroups = Object.keys(defaultSkillGroups)

/** File, node, pointer, line, problem, and how what is wanted begins. Each file has exactly these findings. */
const expected: ReadonlyArray<readonly [file: string, node: string | undefined, pointer: string, line: number | undefined, problem: string, wanted: string]> = [
  ['Upper-Case.json', undefined, '', undefined, 'the file name Upper-Case.json cannot be that of a flow', 'lower-case letters, digits and hyphens, beginning with a letter, ending in .json'],
  ['agent-hangs-up.json', undefined, '/agent', 7, 'full may hang up: the caller gets no agent', 'a way straight to a queue'],
  ['backward-dates.json', 'hours', '/nodes/hours/cases/0/when/date', 47, 'from is after to: never holds', 'from not after to'],
  ['bad-key.json', 'menu', '/nodes/menu/choices/11', 23, 'the name 11 is not allowed', 'a name like ^[0-9*#]$'],
  ['bad-language.json', undefined, '/language', 5, '"cn" is not an allowed value', 'en'],
  ['bad-node-id.json', 'Full', '/nodes/Full', 36, 'the name Full is not allowed', 'a name like ^[a-z][a-z0-9-]{0,47}$'],
  ['bad-node-id.json', 'human', '/nodes/human/full', 34, '"Full" has the wrong form', 'A node of this flow, or @return to the calling flow, of the form ^(@return|[a-z][a-z0-9-]{0,47})$'],
  ['bad-prompt-name.json', 'menu', '/nodes/menu/prompts/0', 12, '"zh/menu.wav" has the wrong form', 'A prompt: the file below prompts/, without .wav, of the form ^(zh|en)/[a-z0-9][a-z0-9-]{0,63}$'],
  ['bad-time.json', 'hours', '/nodes/hours/cases/0/when/time/from', 48, '"8:00" has the wrong form', 'of the form ^([01][0-9]|2[0-3]):[0-5][0-9]$'],
  ['calls-faulty.json', 'english', '/nodes/english/flow', 48, 'the flow no-start is faulty, and there is no earlier good version', 'a corrected no-start.json'],
  ['calls-main.json', 'english', '/nodes/english/flow', 48, 'good-main is a main flow and cannot be called', 'a flow of kind sub'],
  ['dead-end.json', 'digits', '/nodes/digits', 46, 'there is no way out of digits: neither to an agent nor to an end', 'a way to a queue, a hang-up or @return'],
  ['empty-time.json', 'hours', '/nodes/hours/cases/0/when/any/0/time/to', 51, 'from and to are the same time', 'another end, past midnight if need be'],
  ['endless-loop.json', 'first', '/nodes/first/next', 25, 'the loop first → second → first waits for no key', 'a menu or digits on the way, or another target'],
  ['key-twice.json', 'menu', '/nodes/menu/choices/1', 19, 'the key "1" is given twice', 'each key once in an object'],
  ['label-twice.json', 'menu', '/nodes/menu/choices/2/label', 24, 'keys 1 and 2 are both called "咨询"', 'a different label for each key'],
  ['missing-prompt.json', 'full', '/nodes/full/prompts/0', 39, 'there is no prompt zh/queue-ful', 'zh/queue-full'],
  ['no-next.json', 'ask', '/nodes/ask', 46, 'the flow good-returning may return, but there is no next', 'next: the node to go on with'],
  ['no-prompts.json', 'menu', '/nodes/menu/prompts', 11, 'too few items', 'at least 1'],
  ['no-start.json', undefined, '', 1, 'start is missing', 'a property start'],
  ['no-such-date.json', 'hours', '/nodes/hours/cases/0/when/date/to', 49, '2026-02-30 is not a real date', 'a real date, YYYY-MM-DD'],
  ['no-type.json', 'full', '/nodes/full', 36, 'the node has no type', 'one of branch, collect, hang-up, menu, play, queue, say, set, sub-flow'],
  ['no-zero.json', 'menu', '/nodes/menu/choices', 14, 'the menu has no key 0 to an agent', 'a choice "0" that leads to a queue'],
  ['open-brace.json', 'tell', '/nodes/tell/value', 46, 'the braces of "{order" do not match', 'a } for each {'],
  ['other-name.json', undefined, '/name', 2, 'the name main is not that of the file other-name.json', 'other-name'],
  ['queue-round.json', 'human', '/nodes/human/full', 34, 'the loop human → sorry → human waits for no key', 'a menu or digits on the way, or another target'],
  ['recursion-one.json', 'other', '/nodes/other/flow', 48, 'the flow recursion-one calls itself, directly or through others', 'calls that do not go round'],
  ['recursion-two.json', 'other', '/nodes/other/flow', 48, 'the flow recursion-two calls itself, directly or through others', 'calls that do not go round'],
  ['return-to-hang-up.json', 'ask', '/nodes/ask/next', 49, 'full may hang up: the caller gets no agent', 'a way straight to a queue'],
  ['returning-main.json', 'human', '/nodes/human/full', 34, 'a main flow cannot return: nothing called it', 'a node of this flow, or kind sub'],
  ['same-case.json', 'hours', '/nodes/hours/cases/1/when', 55, 'the same condition as case 1: never reached', 'a different condition'],
  ['silence-hangs-up.json', 'menu', '/nodes/menu/silence/next', 25, 'full may hang up: the caller gets no agent', 'a way to a queue'],
  ['syntax-comma.json', undefined, '', 7, 'not JSON: "\\"agent\\":" cannot stand here', 'a comma or }'],
  ['syntax-end.json', undefined, '', 42, 'not JSON: the file ends unexpectedly here', 'a comma or }'],
  ['syntax-quote.json', undefined, '', 33, 'not JSON: a string that does not end, or holds a forbidden character', 'a closing double quote; a line break is written \\n'],
  ['syntax-trailing.json', undefined, '', 42, 'not JSON: a comma after the last item', 'no comma'],
  ['too-few-digits.json', 'digits', '/nodes/digits/minDigits', 52, 'minDigits 8 is above maxDigits 6: no input is ever enough', 'an integer of at most 6'],
  ['too-large.json', 'human', '/nodes/human/priority', 35, '10 is too large', 'at most 9'],
  ['too-many-variables.json', undefined, '', 1, '33 variables, more than 32', 'at most 32, those of called flows included'],
  ['two-conditions.json', 'hours', '/nodes/hours/cases/0/when', 46, 'one condition cannot hold all of weekday, dayType', 'one kind of condition; several go into all or any'],
  ['unknown-condition.json', 'hours', '/nodes/hours/cases/0/when', 46, 'not a condition that is known', 'weekday'],
  ['unknown-placeholder.json', 'tell', '/nodes/tell/value', 46, 'there is no placeholder {moment.hour}', 'a {variable}, {caller.ani}, {caller.dnis}, {caller.ATTRIBUTE}, {moment.date} or {moment.time}'],
  ['unknown-property.json', 'menu', '/nodes/menu/waitSecond', 30, 'the property waitSecond is not known here', 'waitSeconds'],
  ['unknown-skill-group.json', 'human', '/nodes/human/skillGroup', 33, 'there is no skill group generel', 'general'],
  ['unknown-start.json', undefined, '/start', 6, 'there is no node menue', 'menu'],
  ['unknown-sub-flow.json', 'english', '/nodes/english/flow', 48, 'there is no flow good-returnin', 'good-returning'],
  ['unknown-target.json', 'menu', '/nodes/menu/choices/1/next', 17, 'there is no node humen', 'human'],
  ['unknown-type.json', 'full', '/nodes/full/type', 37, 'there is no node type hangup', 'hang-up'],
  ['unknown-variable.json', 'tell', '/nodes/tell/value', 46, 'the variable order is never given a value', 'a variable that variables, set or collect gives a value'],
  ['unreachable.json', 'lost', '/nodes/lost', 42, 'the node lost is never reached', 'a way to it, or no such node'],
  ['unsayable.json', 'tell', '/nodes/tell/value', 46, '"2026-02-30" cannot be said as date', 'YYYY-MM-DD, or a {variable}'],
  ['wrong-type.json', 'menu', '/nodes/menu/waitSeconds', 30, '"5" is of the wrong type', 'integer'],
  ['zero-asks-again.json', 'menu', '/nodes/menu/choices/0/next', 21, 'menu wants more keys before an agent', 'a way straight to a queue'],
  ['zero-hangs-up.json', 'menu', '/nodes/menu/choices/0/next', 21, 'full may hang up: the caller gets no agent', 'a way straight to a queue']
]

t.test('each bad flow is refused with file, node, pointer, problem and what is wanted', async (t) => {
  const { findings, checked } = await checkFiles(await flowFilesIn(badFlows), { skillGroups, promptsFolder })
  const bad = checked.filter(file => !file.startsWith('good-')).sort()
  t.ok(bad.length >= 25)
  t.same([...new Set(expected.map(([file]) => file))].sort(), bad, 'every bad flow stands in the table')
  for (const file of bad) {
    t.test(file, async (t) => {
      const found = findings.filter(each => each.file === file)
      const wanted = expected.filter(each => each[0] === file)
      t.equal(found.length, wanted.length, 'no more and no fewer findings')
      wanted.forEach(([, node, pointer, line, problem, wantedText], index) => {
        const each = found[index]
        t.equal(each?.node, node)
        t.equal(each?.pointer, pointer)
        t.equal(each?.line, line)
        t.equal(each?.problem.en, problem)
        t.ok(each?.wanted.en.startsWith(wantedText), each?.wanted.en ?? '')
        t.match(each?.problem.zh, /[\u4e00-\u9fff]/, 'the problem in Chinese')
        t.not(each?.wanted.zh ?? '', '')
      })
    })
  }
  t.same(findings.filter(each => each.file.startsWith('good-')), [], 'the flows beside them are good')
})

t.test('npm run flows:check tells with its exit status, and in words', async (t) => {
  const run = (...args: string[]): Promise<{ code: number, out: string }> => new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'src/ivr/flows-check.ts'), ...args], { cwd: root, timeout: 30_000, env: { ...process.env, INIT_CWD: root } }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out: stdout + stderr })
    })
  })
  const [good, bad, missing] = await Promise.all([run(), run('test/fixtures/bad-flows/no-zero.json', 'test/fixtures/bad-flows/good-main.json'), run('nowhere.json')])
  t.equal(good.code, 0)
  t.match(good.out, /3 flow file\(s\) checked, no findings/)
  t.equal(bad.code, 1)
  t.match(bad.out, 'no-zero.json:14:18 · 节点 node menu · /nodes/menu/choices')
  t.match(bad.out, '问题：菜单没有转人工的 0 键。应为：一个 "0" 选项，通向人工排队。')
  t.match(bad.out, '1 finding(s) in 2 flow file(s)')
  t.equal(missing.code, 2)
})

t.test('the published schema is that of the node types, and any validator takes it', async (t) => {
  t.equal(await readFile(join(root, 'ivr-flows/flow.schema.json'), 'utf8'), schemaText(), 'run: node src/ivr/flows-check.ts --write-schema')
  // Without `discriminator`, as an editor reads it.
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(schemaText()) as object)
  for (const name of ['main', 'progress', 'english']) {
    t.ok(validate(JSON.parse(await readFile(join(root, `ivr-flows/${name}.json`), 'utf8'))), name)
  }
  t.notOk(validate({ name: 'x' }))
})

t.test('JSON is read as JSON.parse reads it, with places', async (t) => {
  for (const text of ['{}', ' [1, -0.5e3, "a\\n\\u4e2d", true, null] ', '{"a":{"b":[{"c/d~e":1}]},"__proto__":{"x":1}}', '"x"', '0']) {
    const parsed = parseJson(text)
    t.ok(parsed.ok)
    if (parsed.ok) t.equal(JSON.stringify(parsed.value), JSON.stringify(JSON.parse(text)))
  }
  for (const text of ['', '{', '[1,]', '{"a":1,}', '{a:1}', '01', '1.', '"\t"', '"\\x"', 'tru', 'truex', '[1 2]', '{} {}', '\'a\'', 'NaN', `${'['.repeat(100)}`]) {
    t.equal(parseJson(text).ok, false, text)
    if (text.length < 100) t.throws(() => { JSON.parse(text) })
  }
  const parsed = parseJson('\ufeff{\n  "a": [1,\n 2],\n  "a": 3 }')
  t.ok(parsed.ok)
  if (parsed.ok) {
    t.same(parsed.places.get('/a/1'), { line: 3, column: 2 })
    t.same(parsed.duplicates.map(({ pointer, place }) => ({ pointer, place })), [{ pointer: '/a', place: { line: 4, column: 3 } }])
  }
  t.equal(closest('humen', ['menu', 'human']), 'human')
  t.equal(closest('completely-else', ['menu', 'human']), undefined)
})

const context: IvrContext = {
  now: 0, moment: { date: '2026-11-23', weekday: 1, minuteOfDay: 600, dayType: 'workday' }, caller: { ani: '13800000000', dnis: '12345', attributes: {} }
}

interface Place { folder: string, versionsFolder: string, lines: string[], open: () => WatchedFlowLibrary }

/** A folder with the shipped flows, and libraries on it that the test closes. */
async function aFolder (t: Test): Promise<Place> {
  const home = t.testdir()
  const folder = join(home, 'flows')
  await mkdir(folder)
  for (const path of await flowFilesIn(join(root, 'ivr-flows'))) await cp(path, join(folder, basename(path)))
  const lines: string[] = []
  const destination = new Writable({
    write (chunk: Buffer, _, done) {
      lines.push(chunk.toString())
      done()
    }
  })
  const versionsFolder = join(home, 'data/flow-versions')
  const open = (): WatchedFlowLibrary => {
    const library = createFlowLibrary({
      folder, promptsFolder, versionsFolder, entry: 'main', skillGroups: () => new Set(skillGroups), clock: createSystemClock(), log: createLog({ level: 'info', component: 'test', destination })
    })
    t.teardown(() => library.stop())
    return library
  }
  return { folder, versionsFolder, lines, open }
}

/** The next reading for which `wanted` holds, at most 10 s away. */
function reading (library: WatchedFlowLibrary, wanted: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const timeout = setTimeout(() => {
      remove()
      reject(new Error('the library did not read the change'))
    }, 10_000)
    const check = (): void => {
      if (!wanted()) return
      clearTimeout(timeout)
      remove()
      resolve()
    }
    const remove = library.onReload(check)
    check()
  })
}

async function edit (folder: string, name: string, change: (text: string) => string): Promise<void> {
  const path = join(folder, name)
  // As editors do it: a new file takes the name of the old one.
  await writeFile(`${path}.tmp`, change(await readFile(path, 'utf8')))
  await rename(`${path}.tmp`, path)
}

t.test('an edit counts from the next call on, and calls under way stay on theirs', async (t) => {
  const { folder, versionsFolder, lines, open } = await aFolder(t)
  const library = open()
  t.equal(library.get('main'), undefined, 'nothing before the start')
  await library.start()
  const first = library.get('main')
  t.equal(library.status().ok, true)
  t.same(library.status().findings, [])
  t.match(first?.version, /^[0-9a-f]{16}$/)

  let call = begin(library, 'main', context)
  t.equal(call.state.version, first?.version)

  await edit(folder, 'main.json', text => text
    .replace('"label": "咨询", "next": "to-consult"', '"label": "咨询", "next": "to-help"')
    .replace('"label": "求助", "next": "to-help"', '"label": "求助", "next": "to-consult"'))
  await reading(library, () => library.get('main')?.version !== first?.version)
  const second = library.get('main')?.version ?? ''
  for (const input of [{ type: 'played' }, { type: 'played' }, { type: 'key', key: '1' }] as const) call = step(library, call.state, input, context)
  t.match(call.effects, [{ type: 'choice', label: '咨询' }, { type: 'stop-play' }, { type: 'queue', skillGroup: 'consult' }], 'the call under way goes by the old flow')
  let next = begin(library, 'main', context)
  for (const input of [{ type: 'played' }, { type: 'played' }, { type: 'key', key: '1' }] as const) next = step(library, next.state, input, context)
  t.match(next.effects.at(-1), { type: 'queue', skillGroup: 'help' }, 'the next call goes by the new one')

  await t.test('a flow that another one calls changes the version of both', async (t) => {
    await edit(folder, 'progress.json', text => text.replace('"waitSeconds": 8', '"waitSeconds": 9'))
    await reading(library, () => library.get('main')?.version !== second)
    t.equal(library.get('main')?.subFlows.progress, library.get('progress')?.version)
    t.ok(library.get('main', second), 'the version before is still known')
  })

  const good = library.get('main')?.version
  await t.test('a bad edit is refused with its findings, and the last good one stays', async (t) => {
    await edit(folder, 'main.json', text => text.replace('"next": "to-complaint"', '"next": "to-nowhere"'))
    await reading(library, () => library.status().findings.length > 0)
    t.match(library.status(), { ok: true, findings: [{ file: 'main.json', node: 'menu', pointer: '/nodes/menu/choices/2/next' }] })
    t.equal(library.get('main')?.version, good)
    t.ok(lines.some(line => line.includes('to-nowhere')), 'the log says it')
  })

  await t.test('also across a restart, with the versions of calls that are still under way', async (t) => {
    await library.stop()
    const restarted = open()
    await restarted.start()
    t.equal(restarted.get('main')?.version, good)
    t.equal(restarted.status().findings.length, 1)
    t.match(step(restarted, begin(restarted, 'main', context).state, { type: 'played' }, context).state.node, /^danger$/)
    t.ok(restarted.get('main', first?.version), 'the first version')
    const resumed = step(restarted, { ...call.state, phase: 'queued' }, { type: 'queue-full' }, context)
    t.match(resumed.effects, [{ type: 'play', media: [{ prompt: 'zh/queue-full' }] }], 'a call on the first version goes on')

    await edit(folder, 'main.json', text => text.replace('"next": "to-nowhere"', '"next": "to-complaint"'))
    await reading(restarted, () => restarted.status().findings.length === 0)
    t.equal(restarted.get('main')?.version, good, 'the same content is the same version')
    await restarted.stop()
  })

  await t.test('a version that nothing uses is dropped a week after it went out of use', async (t) => {
    const old = join(versionsFolder, `${first?.version}.json`)
    const monthAgo = Date.now() / 1000 - 30 * 24 * 3600
    await utimes(old, monthAgo, monthAgo)
    await utimes(join(versionsFolder, `${good}.json`), monthAgo, monthAgo)
    const restarted = open()
    await restarted.start()
    t.notOk((await readdir(versionsFolder)).includes(basename(old)))
    t.equal(restarted.get('main')?.version, good, 'one in use stays however old')
    await edit(folder, 'main.json', text => text.replace('"waitSeconds": 5', '"waitSeconds": 6'))
    await reading(restarted, () => restarted.get('main')?.version !== good)
    await restarted.stop()
    const again = open()
    await again.start()
    t.ok(again.get('main', good), 'and its week begins when it goes out of use')
  })
})

t.test('odd folders', async (t) => {
  await t.test('never a good flow: no flow, and the status says so', async (t) => {
    const { folder, open } = await aFolder(t)
    await writeFile(join(folder, 'main.json'), '{')
    const library = open()
    await library.start()
    t.match(library.status(), { ok: false, findings: [{ file: 'main.json', line: 1, column: 2 }] })
    t.equal(library.get('main'), undefined)
    t.match(begin(library, 'main', context).effects, [{ type: 'fault' }])
  })
  await t.test('the entry flow is deleted: the last good one stays', async (t) => {
    const { folder, open } = await aFolder(t)
    const library = open()
    await library.start()
    await rm(join(folder, 'main.json'))
    await reading(library, () => library.status().findings.length > 0)
    t.match(library.status(), { ok: true, findings: [{ file: 'main.json', pointer: '' }] })
    t.ok(library.get('main'))
  })
  await t.test('the entry flow becomes a sub-flow: the last good one stays', async (t) => {
    const { folder, open } = await aFolder(t)
    const library = open()
    await library.start()
    const before = library.get('main')?.version
    await edit(folder, 'main.json', text => text.replace('"kind": "main"', '"kind": "sub"'))
    await reading(library, () => library.status().findings.length > 0)
    t.match(library.status().findings, [{ file: 'main.json', pointer: '/kind' }])
    t.equal(library.get('main')?.version, before)
  })
  await t.test('a called flow goes bad: both stay as they were, and calls go through both', async (t) => {
    const { folder, open } = await aFolder(t)
    const library = open()
    await library.start()
    const before = library.status().flows
    await edit(folder, 'english.json', text => text.replace('"en/welcome"', '"en/wellcome"'))
    await reading(library, () => library.status().findings.length > 0)
    t.match(library.status().findings, [{ file: 'english.json', pointer: '/nodes/welcome/prompts/0', wanted: { en: /^en\/welcome/ } }])
    t.same(library.status().flows, before)
  })
  await t.test('the folder is gone', async (t) => {
    const { folder, open } = await aFolder(t)
    const library = open()
    await library.start()
    await rm(folder, { recursive: true })
    await library.reload()
    t.match(library.status(), { ok: true, findings: [{ file: folder }] })
    t.ok(library.get('main'))
  })
  await t.test('a kept version is damaged: it is passed over', async (t) => {
    const { versionsFolder, lines, open } = await aFolder(t)
    const library = open()
    await library.start()
    const version = library.get('main')?.version ?? ''
    await library.stop()
    await writeFile(join(versionsFolder, `${version}.json`), '{"half":')
    await writeFile(join(versionsFolder, 'current.json'), 'nonsense')
    const restarted = open()
    await restarted.start()
    t.equal(restarted.get('main')?.version, version, 'made anew from the folder')
    t.equal(lines.filter(line => line.includes('passed over') || line.includes('cannot be read')).length, 2)
  })
})
