/** The layout rules bite: every violation below is found, under its rule's name, and what is allowed is not. */
import t from 'tap'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const project = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

interface Violation { rule: { name: string }, from: string, to: string }

/** Runs dependency-cruiser with the project's own rules over a small tree; gives `rule: from -> to`, sorted. */
async function cruise (config: string, files: Record<string, string>): Promise<string[]> {
  const tree = await mkdtemp(join(tmpdir(), 'layout-'))
  t.teardown(() => rm(tree, { recursive: true, force: true }))
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(tree, path)), { recursive: true })
    await writeFile(join(tree, path), content)
  }
  for (const name of ['.dependency-cruiser.cjs', '.dependency-cruiser.folders.cjs', 'tsconfig.json', 'package.json']) {
    await cp(join(project, name), join(tree, name))
  }
  // Types are found in the real packages; their resolved path has `node_modules/` in it all the same.
  await symlink(join(project, 'node_modules'), join(tree, 'node_modules'))
  const folders = ['src', 'web'].filter(folder => Object.keys(files).some(path => path.startsWith(folder + '/')))
  // The exit status counts the errors: the JSON says which, so both outcomes are read from it.
  const { stdout } = await run(process.execPath, [join(project, 'node_modules/.bin/depcruise'), '--config', config, '--output-type', 'json', ...folders], { cwd: tree, maxBuffer: 1e8 })
    .catch((error: { code?: unknown, stdout?: string }) => {
      if (typeof error.code === 'number' && error.stdout !== undefined && error.stdout !== '') return { stdout: error.stdout }
      throw error
    })
  const violations = (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations
  return violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to.replace(/^.*node_modules\//, 'node_modules/').replace(/^(node_modules\/(@[^/]+\/)?[^/]+).*/, '$1')}`).sort()
}

const value = 'export const x = 1\n'
const uses = (path: string) => `import { x } from '${path}'\nexport const y = x\n`
const usesType = (path: string) => `import type { X } from '${path}'\nexport type Y = X\n`
const type = 'export interface X { x: number }\nexport const x = 1\n'

t.test('each broken rule is found by its name', async t => {
  const found = await cruise('.dependency-cruiser.cjs', {
    'src/app.ts': value,
    'src/kernel/ids.ts': uses('../platform/log.ts'),
    'src/platform/log.ts': value,
    'src/platform/jobs.ts': usesType('../calls/service.ts'),
    'src/calls/service.ts': type,
    'src/calls/core/call.ts': uses('../../platform/log.ts'),
    'src/calls/core/clock.ts': "import { setTimeout } from 'node:timers'\nexport const y = setTimeout\n",
    'src/calls/core/answer.ts': "import { Type } from 'typebox'\nexport const y = Type\n",
    'src/calls/core/shape.ts': uses('../contract.ts'),
    'src/calls/core/reach.ts': usesType('../service.ts'),
    'src/calls/contract.ts': value,
    'src/acd/service.ts': uses('../calls/service.ts'),
    'src/acd/store.ts': "export { x } from '../calls/service.ts'\n",
    'src/acd/lazy.ts': "export const y = await import('../calls/service.ts')\n",
    'src/acd/upwards.ts': uses('../app.ts'),
    'src/telephony/ari/phone.ts': value,
    'src/telephony/port.ts': usesType('../calls/service.ts'),
    'src/brand-new-capability/service.ts': uses('../calls/service.ts'),
    'src/agents/service.ts': "import postgres from 'postgres'\nexport const y = postgres\n",
    'src/agents/tables.ts': value,
    'src/agents/routes.ts': uses('./tables.ts'),
    'src/agents/directory.ts': uses('../platform/database/drizzle.ts'),
    'src/platform/database/drizzle.ts': value,
    'src/agents/stasis.ts': uses('../telephony/ari/phone.ts'),
    'src/agents/performer.ts': "import fastify from 'fastify'\nexport const y = fastify\n",
    'src/agents/notifier.ts': "import cookie from '@fastify/cookie'\nexport const y = cookie\n",
    'src/agents/a.ts': uses('./b.ts'),
    'src/agents/b.ts': "import { y } from './a.ts'\nexport const x = y\n",
    'src/agents/tested.ts': uses('../../test/support/thing.ts'),
    'test/support/thing.ts': value,
    'web/src/main.ts': uses('../../src/calls/contract.ts'),
    'web/src/peek.ts': usesType('../../src/calls/service.ts')
  })
  t.same(found, [
    'ari-in-telephony: src/agents/stasis.ts -> src/telephony/ari/phone.ts',
    'capabilities-meet-in-app: src/acd/lazy.ts -> src/calls/service.ts',
    'capabilities-meet-in-app: src/acd/service.ts -> src/calls/service.ts',
    'capabilities-meet-in-app: src/acd/store.ts -> src/calls/service.ts',
    'capabilities-meet-in-app: src/brand-new-capability/service.ts -> src/calls/service.ts',
    'core-is-pure: src/calls/core/call.ts -> src/platform/log.ts',
    'core-is-pure: src/calls/core/clock.ts -> timers',
    'core-is-pure: src/calls/core/reach.ts -> src/calls/service.ts',
    'core-takes-types-only: src/calls/core/answer.ts -> node_modules/typebox',
    'core-takes-types-only: src/calls/core/shape.ts -> src/calls/contract.ts',
    'driver-in-database: src/agents/service.ts -> node_modules/postgres',
    'fastify-in-routes: src/agents/notifier.ts -> node_modules/@fastify/cookie',
    'fastify-in-routes: src/agents/performer.ts -> node_modules/fastify',
    'kernel-imports-nothing: src/kernel/ids.ts -> src/platform/log.ts',
    'no-cycles: src/agents/a.ts -> src/agents/b.ts',
    'no-test-code-in-src: src/agents/tested.ts -> test/support/thing.ts',
    'nothing-imports-the-root: src/acd/upwards.ts -> src/app.ts',
    'platform-knows-no-capability: src/platform/jobs.ts -> src/calls/service.ts',
    'tables-in-repositories: src/agents/directory.ts -> src/platform/database/drizzle.ts',
    'tables-in-repositories: src/agents/routes.ts -> src/agents/tables.ts',
    'telephony-knows-no-capability: src/telephony/port.ts -> src/calls/service.ts',
    'web-takes-shapes-only: web/src/main.ts -> src/calls/contract.ts',
    'web-takes-shapes-only: web/src/peek.ts -> src/calls/service.ts'
  ])
})

const sound = {
  'src/app.ts': "import { x } from './acd/service.ts'\nimport { y } from './calls/service.ts'\nimport { z } from './telephony/ari/phone.ts'\nexport const all = [x, y, z]\n",
  'src/kernel/ids.ts': type,
  'src/platform/database/client.ts': "import postgres from 'postgres'\nexport const x = postgres\n",
  'src/platform/http/server.ts': "import fastify from 'fastify'\nexport const x = fastify\n",
  'src/telephony/port.ts': usesType('../kernel/ids.ts'),
  'src/telephony/ari/phone.ts': "import type { Y } from '../port.ts'\nexport const z: Y = { x: 1 }\n",
  'src/calls/core/shape.ts': "import type { Static, TAny } from 'typebox'\nexport type Y = Static<TAny>\n",
  'src/calls/core/call.ts': "import { x } from '../../kernel/ids.ts'\nimport type { X } from '../contract.ts'\nexport const y: X = { x }\n",
  'src/calls/contract.ts': "import { Type } from 'typebox'\nexport interface X { x: number }\nexport const schema = Type.Any()\n",
  'src/calls/service.ts': "import type { X } from '../acd/service.ts'\nimport { y } from './core/call.ts'\nexport { y }\nexport type Y = X\n",
  'src/calls/routes.ts': "import type { FastifyInstance } from 'fastify'\nimport { schema } from './contract.ts'\nexport const route = (app: FastifyInstance) => [app, schema]\n",
  'src/acd/service.ts': "import { y } from '../calls/core/call.ts'\nimport { schema } from '../calls/contract.ts'\nexport interface X { x: number }\nexport const x = [y, schema]\n",
  'src/calls/tables.ts': 'export const x = 1\n',
  'src/acd/other-repository.ts': "import { x } from '../calls/tables.ts'\nexport const y = x\n",
  'src/acd/repository.ts': "import type { Sql } from '../platform/database/client.ts'\nexport const x: Sql | undefined = undefined\n",
  'web/src/main.ts': usesType('../../src/calls/contract.ts'),
  'web/src/words.ts': "import type { y } from '../../src/calls/core/call.ts'\nexport type Y = typeof y\n"
}

t.test('what the layout allows is not complained about', async t => {
  t.same(await cruise('.dependency-cruiser.cjs', sound), [])
  t.same(await cruise('.dependency-cruiser.folders.cjs', sound), [])
})

t.test('folders do not depend on each other in a circle, even where no file does', async t => {
  const found = await cruise('.dependency-cruiser.folders.cjs', {
    'src/acd/core/policy.ts': uses('../../agents/core/state.ts'),
    'src/acd/core/store.ts': value,
    'src/agents/core/state.ts': value,
    'src/agents/core/skills.ts': uses('../../acd/core/store.ts')
  })
  t.ok(found.includes('no-folder-cycles: src/acd/core -> src/agents/core'), found.join('\n'))
  t.ok(found.includes('no-folder-cycles: src/agents/core -> src/acd/core'), found.join('\n'))
})
