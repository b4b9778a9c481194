/** Writes docs/configuration.md from the table in src/platform/config.ts. */
import { writeFileSync } from 'node:fs'
import { configurationDocument } from '../src/platform/config-document.ts'

writeFileSync(new URL('../docs/configuration.md', import.meta.url), configurationDocument())
