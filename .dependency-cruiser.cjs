/** The layout as rules: see docs/architecture.md. Each is proven to bite by test/unit/layout.test.ts. */

/** Every folder of src/ that is not one of these is a capability. */
const capabilities = '^src/(?!kernel/|platform/|telephony/|launcher/)([^/]+)/'
const typeOnly = ['type-only']

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: typeOnly } } },
    { name: 'kernel-imports-nothing', severity: 'error', from: { path: '^src/kernel/' }, to: { pathNot: '^src/kernel/' } },
    { name: 'core-is-pure', severity: 'error', from: { path: '^src/[^/]+/core/' }, to: { pathNot: ['^src/([^/]+/core|kernel)/', '^src/[^/]+/contract\\.ts$', '^src/telephony/port\\.ts$', 'node_modules/'] } },
    {
      name: 'core-takes-types-only',
      comment: 'Shapes that a decision shares with the API, the phone port or a package are types to it; their code is not.',
      severity: 'error',
      from: { path: '^src/[^/]+/core/' },
      to: { path: ['^src/[^/]+/contract\\.ts$', '^src/telephony/port\\.ts$', 'node_modules/'], dependencyTypesNot: typeOnly }
    },
    { name: 'platform-knows-no-capability', severity: 'error', from: { path: '^src/platform/' }, to: { path: '^src/(?!platform/|kernel/)' } },
    { name: 'telephony-knows-no-capability', severity: 'error', from: { path: '^src/telephony/' }, to: { path: capabilities } },
    {
      name: 'capabilities-meet-in-app',
      comment: 'Another capability may be imported through its core/ or contract, or as a type only; its tables are open to statements that join them.',
      severity: 'error',
      from: { path: capabilities },
      to: { path: capabilities, pathNot: ['^src/$1/', '^src/[^/]+/core/', '^src/[^/]+/contract\\.ts$', '^src/[^/]+/tables\\.ts$'], dependencyTypesNot: typeOnly }
    },
    { name: 'tables-in-repositories', severity: 'error', from: { path: capabilities, pathNot: '(repository|tables)\\.ts$' }, to: { path: ['/tables\\.ts$', '^src/platform/database/drizzle\\.ts$'], dependencyTypesNot: typeOnly } },
    { name: 'nothing-imports-the-root', severity: 'error', from: { path: '^src/[^/]+/' }, to: { path: '^src/(app|server|launcher)\\.ts$' } },
    { name: 'driver-in-database', severity: 'error', from: { path: '^src/', pathNot: '^src/platform/database/' }, to: { path: 'node_modules/(postgres|drizzle-orm|tarn)/' } },
    { name: 'ari-in-telephony', severity: 'error', from: { path: '^src/', pathNot: '^src/(telephony/|app\\.ts|launcher)' }, to: { path: '^src/telephony/ari' } },
    { name: 'fastify-in-routes', severity: 'error', from: { path: '^src/', pathNot: '(routes|contract|errors|app|server)[^/]*\\.ts$|^src/platform/http' }, to: { path: 'node_modules/(@fastify|fastify)/', dependencyTypesNot: typeOnly } },
    { name: 'web-takes-shapes-only', severity: 'error', from: { path: '^web/' }, to: { path: '^src/', dependencyTypesNot: typeOnly } },
    { name: 'web-takes-shapes-only', severity: 'error', from: { path: '^web/' }, to: { path: '^src/', pathNot: '[/-]contract\\.ts$|^src/[^/]+/core/' } },
    { name: 'no-test-code-in-src', severity: 'error', from: { path: '^(src|web)/' }, to: { path: '^(test|bench|scripts)/' } }
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    exclude: { path: '^web/dist/' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.vue', '.json'], exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'types', 'default'] }
  }
}
