// Writes the documents that are made from the code: `npm run docs`, after a build.
import {writeFileSync} from 'node:fs'
import {configurationReference} from '../dist/lib/config/reference.js'
import {commandReference} from '../dist/lib/ui/manual/markdown.js'
import {builtSurface} from './surface.mjs'

write('configuration.md', configurationReference())
write('commands.md', commandReference(await builtSurface()))

function write(name, text) {
  writeFileSync(new URL(`../docs/${name}`, import.meta.url), text)
}
