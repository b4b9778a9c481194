/** The JSON Schema of flow files, made of the node types' own schemas. Published as ivr-flows/flow.schema.json. */
import type { Json } from '../../kernel/json.ts'
import { conditionSchemas } from './condition.ts'
import { sharedSchemas } from './nodes/fields.ts'
import { nodeTypes } from './registry.ts'
import { LONGEST_VALUE, MOST_VARIABLES } from './text.ts'

const nodeId: Json = { pattern: '^[a-z][a-z0-9-]{0,47}$' }
const conditionKeys = conditionSchemas.map(({ key }) => key)

/** The names by which a condition is told: exactly one of them stands in it. */
export const CONDITION_KEYS: readonly string[] = conditionKeys

/** Draft 2020-12, with the `discriminator` of OpenAPI, which validators that do not know it may ignore. */
export const flowSchema: { readonly [key: string]: Json } = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: '12345 热线语音导航流程 · IVR flow of the 12345 hotline',
  description: '一个文件一个流程，文件名与 name 相同。保存后从下一通来电起生效；有错的文件会被拒绝，上一个正确版本继续使用。One flow a file, named like it. A saved file counts from the next call on; a faulty one is refused and the last good one stays in use.',
  type: 'object',
  properties: {
    $schema: { type: 'string' },
    name: { $ref: '#/$defs/flowName' },
    title: { type: 'string', minLength: 1, maxLength: 80, description: '流程名称，给人看。For people.' },
    description: { type: 'string', maxLength: 500 },
    kind: { enum: ['main', 'sub'], description: 'main：来电可由此开始；sub：只被其他流程调用，可用 @return 返回。A call may begin in main; sub is called by other flows and may @return.' },
    language: { enum: ['zh', 'en'], description: '播报数字和排队所用语言。Language of spoken numbers and of the queue.' },
    start: { $ref: '#/$defs/target', description: '第一个节点。The first node.' },
    agent: { $ref: '#/$defs/target', description: '通向人工的节点。The node that leads to a human.' },
    directToAgent: { type: 'boolean', default: false, description: '跳过所有菜单，直接到 agent 节点；菜单之前的提示音照常播放。Skips all menus and goes to agent.' },
    variables: {
      type: 'object',
      description: '变量初值。Variables and their first values.',
      propertyNames: { $ref: '#/$defs/variable' },
      maxProperties: MOST_VARIABLES,
      additionalProperties: { type: 'string', maxLength: LONGEST_VALUE }
    },
    nodes: {
      type: 'object',
      description: '节点标识到节点。Nodes by id.',
      propertyNames: nodeId,
      minProperties: 1,
      maxProperties: 500,
      additionalProperties: { $ref: '#/$defs/node' }
    }
  },
  required: ['name', 'title', 'kind', 'language', 'start', 'agent', 'nodes'],
  additionalProperties: false,
  $defs: {
    ...sharedSchemas,
    flowName: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,47}$', description: '流程名，即文件名去掉 .json。Name of a flow: its file without .json.' },
    node: {
      type: 'object',
      required: ['type'],
      discriminator: { propertyName: 'type' },
      oneOf: Object.keys(nodeTypes).map(type => ({ $ref: `#/$defs/node-${type}` }))
    },
    ...Object.fromEntries(Object.entries(nodeTypes).map(([type, definition]) => [`node-${type}`, definition.schema])),
    condition: {
      type: 'object',
      description: '分支条件，取其中一种。One kind of condition.',
      anyOf: conditionKeys.map(key => ({ required: [key] })),
      allOf: conditionSchemas.map(({ key, schema }) => ({ if: { required: [key] }, then: schema }))
    }
  }
}
