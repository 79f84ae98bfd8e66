import {existsSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {TestProject} from 'vitest/node'
import {build} from './build.js'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder with the built packages. */
    packages: string
  }
}

/** Program -> the Debian package that has it. */
const NEEDED = {
  '/usr/sbin/debootstrap': 'debootstrap',
  '/usr/bin/systemd-nspawn': 'systemd-container',
  '/usr/bin/systemd-analyze': 'systemd',
  '/usr/bin/lintian': 'lintian',
}

/** Builds the packages once for all tests. */
export default async function setup(project: TestProject): Promise<() => void> {
  const missing = Object.entries(NEEDED).filter(([program]) => !existsSync(program))
  if (missing.length > 0) {
    throw new Error(`missing; run: apt-get install ${missing.map(([, name]) => name).join(' ')}`)
  }
  if (process.getuid?.() !== 0) throw new Error('systems are booted from folders: that needs root')
  const folder = mkdtempSync(join(tmpdir(), 'pdist-packages-'))
  build(folder)
  project.provide('packages', folder)
  return () => rmSync(folder, {recursive: true})
}
