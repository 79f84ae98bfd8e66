// Writes the documents that are made from the code: `npm run docs`, after a build.
import {writeFileSync} from 'node:fs'
import {configurationReference} from '../dist/lib/config/reference.js'

writeFileSync(new URL('../docs/configuration.md', import.meta.url), configurationReference())
