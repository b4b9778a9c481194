/**
 * No circles between folders. A run of its own: types are left out of it (a type makes no order of loading),
 * and dependency-cruiser cannot leave them out for one rule only.
 */
const { options } = require('./.dependency-cruiser.cjs')

module.exports = {
  forbidden: [
    { name: 'no-folder-cycles', scope: 'folder', severity: 'error', from: { path: '^src/' }, to: { path: '^src/', circular: true } }
  ],
  options: { ...options, tsPreCompilationDeps: false }
}
