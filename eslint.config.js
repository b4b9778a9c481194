import neostandard from 'neostandard'
import tseslint from 'typescript-eslint'
import vue from 'eslint-plugin-vue'

const clockRule = ['error',
  { selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: 'Ask the Clock (kernel/clock.ts): tests move time.' },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Ask the Clock (kernel/clock.ts): tests move time.' }
]

export default [
  { ignores: ['node_modules/', 'var/', 'web/dist/', 'src/telephony/ari/generated/', '.tap/', 'test-output/'] },
  ...neostandard({ ts: true }),
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts', 'web/src/**/*.ts'],
    plugins: { '@typescript-eslint': tseslint.plugin },
    languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafePromises: [{ from: 'package', name: 'PromiseWithSubtest', package: '@tapjs/core' }] }],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      // `void promise` says that nobody waits for it.
      'no-void': ['error', { allowAsStatement: true }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      // A schema and its type share their name; the compiler finds true redeclarations.
      '@typescript-eslint/no-redeclare': 'off',
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }]
    }
  },
  {
    // A catalogue of texts is as long as there are texts.
    files: ['web/src/texts.ts'],
    rules: { 'max-lines': 'off' }
  },
  ...vue.configs['flat/essential'].map(config => ({ ...config, files: ['web/**/*.vue'] })),
  {
    files: ['web/**/*.vue'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    // The compiler knows the browser's globals and the imported types; vue-tsc says which are wrong.
    rules: { 'no-undef': 'off', 'no-void': 'off', '@typescript-eslint/no-redeclare': 'off' }
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/platform/clock.ts', 'src/launcher.ts', 'src/launcher/**'],
    rules: { 'no-restricted-syntax': clockRule }
  },
  {
    files: ['src/**/core/**/*.ts', 'src/kernel/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', 'setTimeout', 'setInterval', 'setImmediate', 'fetch', 'process', 'crypto'],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'Decisions are pure.' }, { object: 'Date', property: 'now' }]
    }
  }
]
