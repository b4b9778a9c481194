/** Users from CSV files: encodings, faults by line and column, all or the good ones, the same file twice, results that no table program runs. */
import t, { type Test } from 'tap'
import type { ImportResult, UserView } from '../../src/admin/contract.ts'
import { MOST_ROWS } from '../../src/admin/core/user-import.ts'
import { adminStage } from '../support/admin-stage.ts'
import { testPersonalData, testPostgres } from '../support/database.ts'

t.setTimeout(120_000)
const postgres = await testPostgres(t)
const personalData = testPersonalData(t)
const stage = async (t: Test) => await adminStage(t, { postgres, personalData })

const HEADER = '工号,姓名,角色,区划代码,单位,技能组'
const csv = (...lines: string[]): Buffer => Buffer.from(`\uFEFF${[HEADER, ...lines].join('\r\n')}\r\n`)
const faults = ({ rows }: ImportResult) => rows.filter(({ outcome }) => outcome === 'error').map(({ line, errors }) => `${line} ${errors.map(({ column, message }) => `${column}: ${message}`).join(' | ')}`)

t.test('a file with faults: each by line and column, nothing written but on demand', async (t) => {
  const { upload, user, sql, audited } = await stage(t)
  const file = csv(
    '2001,甲一,坐席,640100,,help:1;综合受理：2',
    '',
    'B B,乙二,坐席,,,',
    '2003,,店长,64,nowhere,help',
    '2001,丙三,坐席,,,',
    '2005,"丁\n四",班长,,,help:1',
    '2006,戊五,承办单位,,市住建局,',
    '1001,张敏,坐席,110000,,,多'
  )
  const check = await upload<ImportResult>('check', file)
  t.match(check, { status: 200, body: { written: false, counts: { create: 2, change: 0, same: 0, error: 5 } } })
  t.same(faults(check.body), [
    '4 工号: 只能用小写字母、数字、点、横线，并以字母或数字开头',
    '5 姓名: 必填 | 角色: 没有角色“店长” | 区划代码: 应为 6、9 或 12 位数字 | 技能组: “help”应写作 技能组:等级，等级 1 至 9',
    '6 工号: 与第 2 行重复',
    '7 技能组: 只有坐席可以有技能组',
    '10 : 多出 1 格'
  ])
  t.match(await upload('all', file), { status: 200, body: { written: false } })
  t.equal(await user('2001'), undefined, 'nothing is written')
  const good = await upload<ImportResult>('good', file)
  t.match(good.body, { written: true, counts: { create: 2, error: 5 }, rows: [{ username: '2001', password: /^.{16}$/ }] })
  t.match(await user('2001'), { name: '甲一', skills: [{ groupId: 'help', level: 1 }, { groupId: 'general', level: 2 }], mustChangePassword: true })
  t.match(await user('2006'), { roles: ['department'], unitId: 'housing' })
  t.same((await audited('user:2001')).map(({ action, detail }) => [action, detail['imported']]), [['account.create', true]])
  t.match(await audited('user:admin'), [{ action: 'account.import', detail: { create: 2, error: 5 } }])
  t.notMatch(JSON.stringify(await sql`select * from audit_log`), /甲一/)
  t.ok(good.body.file.startsWith('\uFEFF行,工号,'))
  t.match(good.body.file, new RegExp(`2,2001,甲一,新建,${good.body.rows[0]?.password},`))
})

t.test('the same file again changes nothing; a changed one changes what it says; the new sign in', async (t) => {
  const { upload, signIn, user, ask } = await stage(t)
  const lines = ['2001,甲一,坐席,640100,热线本部,help:1', '2002,乙二,班长、坐席,,,']
  const first = await upload<ImportResult>('all', csv(...lines))
  t.match(first.body, { written: true, counts: { create: 2, error: 0 } })
  t.match(await signIn('2001', first.body.rows[0]?.password), { status: 200, session: { mustChangePassword: true } })
  t.match(await upload('all', csv(...lines)), { body: { written: true, counts: { create: 0, change: 0, same: 2 } } })
  t.match(await user('2001'), { version: 1 })
  t.match(await upload('all', csv(lines[0]?.replace('help:1', 'help:3') ?? '', lines[1] ?? '')), { body: { counts: { change: 1, same: 1 } } })
  t.match(await user('2001'), { version: 2, skills: [{ groupId: 'help', level: 3 }] })

  t.equal((await ask<UserView>('POST', '/admin/users/2002/disable', { version: 1, reason: '离职' })).status, 200)
  const refused = await upload<ImportResult>('all', csv(lines[1] ?? '', 'admin,系统管理员,班长,,,'))
  t.same(faults(refused.body), ['2 工号: 账号已停用，先重新启用', '3 角色: 不能取消自己的管理员角色'])
  const two = await Promise.all([upload<ImportResult>('all', csv('2009,己九,坐席,,,')), upload<ImportResult>('all', csv('2009,己九,坐席,,,'))])
  const made = two.filter(({ body }) => body.rows?.[0]?.outcome === 'create')
  t.equal(made.length, 1, 'of two at once one makes the user')
  t.match(await signIn('2009', made[0]?.body.rows[0]?.password), { status: 200 })
})

t.test('encodings, and files that are none', async (t) => {
  const { upload, signIn, http } = await stage(t)
  // 工号,姓名,角色,区划代码,单位,技能组 / 2001,王芳,坐席,,, in GB18030.
  const gb = Buffer.from('b9a4bac52cd0d5c3fb2cbdc7c9ab2cc7f8bbaeb4fac2eb2cb5a5cebb2cbcbcc4dcd7e90a323030312ccdf5b7bc2cd7f8cfaf2c2c2c0a', 'hex')
  t.match(await upload('check', gb), { status: 200, body: { rows: [{ line: 2, username: '2001', name: '王芳', outcome: 'create' }] } })
  const whole = async (file: Buffer) => (await upload('check', file)).body.details?.[0]?.message
  t.equal(await whole(Buffer.from([0xff, 0xfe, 0x41, 0x00])), '文件不是 UTF-8 或 GB18030 编码的文本')
  t.equal(await whole(Buffer.from('\uFEFF')), '文件是空的')
  t.equal(await whole(csv()), '文件没有数据行')
  t.match(await whole(Buffer.from('工号,姓名\n1,2\n')), /^第 1 行：缺少列“角色”$/)
  t.match(await whole(Buffer.from(`${HEADER},备注\n`)), /^第 1 行：不认识的列“备注”/)
  t.match(await whole(csv('2001,"甲,坐席,,,')), /^第 \d+ 行不是 CSV/)
  t.equal(await whole(csv(...Array.from({ length: MOST_ROWS + 1 }, (_, index) => `u${index},甲,坐席,,,`))), `最多 ${MOST_ROWS} 行，请分成几个文件`)
  t.equal((await upload('check', Buffer.alloc(1_100_000, 'a'))).status, 413)
  t.equal((await upload('check', csv('2001,甲,坐席,,,'), 'text/plain')).status, 415)
  t.equal((await upload('often', csv('2001,甲,坐席,,,'))).status, 400)
  const agent = await signIn('1001')
  t.match(await agent.upload('check', gb), { status: 403 })
  t.match(await agent.ask('GET', '/admin/users/import/template'), { status: 403 })
  await http.ready()
  t.ok(Object.keys(http.swagger().paths ?? {}).includes('/api/v1/admin/users/import'))
})

t.test('no cell of a result is a formula', async (t) => {
  const { upload } = await stage(t)
  const { body } = await upload<ImportResult>('check', csv('=1+1,=HYPERLINK(1),@x,,,', '2001,+甲,坐席,,,'))
  t.notMatch(body.file, /(^|,|")[=+@]/m)
  t.match(body.file, /'=1\+1,'=HYPERLINK\(1\)/)
})
