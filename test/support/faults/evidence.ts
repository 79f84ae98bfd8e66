import {cp, mkdir, mkdtemp, readdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {TestSystem} from '../system.js'
import type {History} from './history.js'
import type {RowResult} from './row.js'

/** Of a row that failed: what was found, every change with its time, and what all parts logged, into a directory of its own. */
export async function keepEvidence({lab}: TestSystem, history: History, row: RowResult): Promise<void> {
  const {FAULTS_KEEP: kept} = process.env
  if (kept === undefined) return
  await mkdir(kept, {recursive: true})
  const directory = await mkdtemp(join(kept, 'row-'))
  await writeFile(join(directory, 'row.json'), JSON.stringify({row, steps: history.steps}, undefined, 1))
  const files = await readdir(lab.endpoints.dir, {recursive: true})
  for (const file of files.filter((name) => name.endsWith('.log')))
    await cp(join(lab.endpoints.dir, file), join(directory, file.replaceAll('/', '-')))
}
