// Writes the manual pages to man/, or to the directory that is named: `npm run man`, after a build.
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {manualPages} from '../dist/lib/ui/manual/man.js'
import {builtSurface} from './surface.mjs'

const directory = process.argv[2] ?? fileURLToPath(new URL('../man', import.meta.url))
// https://reproducible-builds.org/docs/source-date-epoch/
const seconds = process.env.SOURCE_DATE_EPOCH
const date = (seconds === undefined ? new Date() : new Date(Number(seconds) * 1000))
  .toISOString()
  .slice(0, 10)

mkdirSync(directory, {recursive: true})
for (const {file, text} of manualPages(await builtSurface(), date)) writeFileSync(join(directory, file), text)
