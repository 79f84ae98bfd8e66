import {execFileSync} from 'node:child_process'
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {ROOT} from '../pdist.js'

/** Builds the packages into a folder, as `npm run package:deb` does. */
export function build(folder: string): void {
  const hooks = join(ROOT, 'test/support/typescript-hooks.mjs')
  execFileSync(process.execPath, ['--import', hooks, join(ROOT, 'packaging/build.ts'), '--out', folder])
}

/** The paths of the packages in a folder, that of the program first. */
export function debsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.deb'))
    .sort((a, b) => Number(b.startsWith('pdist_')) - Number(a.startsWith('pdist_')))
    .map((name) => join(folder, name))
}

/** Makes packages of a later version, which are the same otherwise. */
export function nextVersion(folder: string, into: string): void {
  for (const deb of debsIn(folder)) {
    const work = mkdtempSync(join(tmpdir(), 'pdist-next-'))
    execFileSync('dpkg-deb', ['--raw-extract', deb, work])
    const control = join(work, 'DEBIAN/control')
    const next = (text: string) =>
      text.replace(/^Version: .*$/m, '$&+next').replace(/pdist \(= ([^)]*)\)/, 'pdist (= $1+next)')
    writeFileSync(control, next(readFileSync(control, 'utf8')))
    execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', work, into])
    rmSync(work, {recursive: true})
  }
}
