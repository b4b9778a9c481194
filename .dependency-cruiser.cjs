/** The layout as rules: see docs/architecture.md. */
const capabilities = '^src/(ivr|acd|agents|calls|screen-pop|accounts|work-orders|departments|calendar|recordings|conference|handoff-110|callbacks|knowledge|channels|reports|health|trial)/'

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'kernel-imports-nothing', severity: 'error', from: { path: '^src/kernel/' }, to: { pathNot: '^src/kernel/' } },
    { name: 'core-is-pure', severity: 'error', from: { path: '^src/[^/]+/core/' }, to: { pathNot: '^src/([^/]+/core|kernel)/' } },
    { name: 'platform-knows-no-capability', severity: 'error', from: { path: '^src/platform/' }, to: { path: '^src/(?!platform/|kernel/)' } },
    {
      name: 'capabilities-meet-in-app',
      comment: 'Another capability may be imported through its core/ or contract, or as a type only.',
      severity: 'error',
      from: { path: capabilities },
      to: { path: capabilities, pathNot: ['^src/$1/', '^src/[^/]+/core/', '^src/[^/]+/contract\\.ts$'], dependencyTypesNot: ['type-only'] }
    },
    { name: 'drizzle-in-repositories', severity: 'error', from: { path: '^src/', pathNot: '(repository|tables)[^/]*\\.ts$|^src/platform/database' }, to: { path: 'node_modules/drizzle-orm' } },
    { name: 'ari-in-telephony', severity: 'error', from: { path: '^src/', pathNot: '^src/(telephony/|app\\.ts|launcher)' }, to: { path: '^src/telephony/ari' } },
    { name: 'fastify-in-routes', severity: 'error', from: { path: '^src/', pathNot: '(routes|contract|errors|app|server)[^/]*\\.ts$|^src/platform/http' }, to: { path: 'node_modules/(@fastify|fastify)/', dependencyTypesNot: ['type-only'] } },
    { name: 'web-takes-contracts-only', severity: 'error', from: { path: '^web/' }, to: { path: '^src/', dependencyTypesNot: ['type-only'] } },
    { name: 'no-orphan-test-imports', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|bench|scripts)/' } }
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.vue', '.json'] }
  }
}
