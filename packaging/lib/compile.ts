import {cpSync, symlinkSync} from 'node:fs'
import {join} from 'node:path'
import type {Built} from './program.js'
import {type Release, ROOT} from './release.js'
import {run} from './run.js'

/** Builds the program and its manual pages in a folder of their own: the working copy may be in use. */
export function compile(folder: string, {epoch}: Release): Built {
  const [dist, man] = [join(folder, 'dist'), join(folder, 'man')]
  run(process.execPath, [join(ROOT, 'scripts/build.ts'), '--out', dist, '--no-source-maps'])
  for (const name of ['package.json', 'scripts'])
    cpSync(join(ROOT, name), join(folder, name), {recursive: true})
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  run(process.execPath, [join(folder, 'scripts/write-man.mjs'), man], {SOURCE_DATE_EPOCH: String(epoch)})
  return {dist, man}
}
