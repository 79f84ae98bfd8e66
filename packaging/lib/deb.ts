import {createHash} from 'node:crypto'
import {lstatSync, readFileSync} from 'node:fs'
import {join, relative} from 'node:path'
import type {Release} from './release.js'
import {run} from './run.js'
import type {Stage} from './stage.js'

export interface DebPackage {
  readonly name: string
  readonly architecture: 'any' | 'all'
  /** Field -> value, such as `Depends`; the common ones are added. */
  readonly fields: Readonly<Record<string, string>>
  /** The first line is the summary, the others paragraphs. */
  readonly description: readonly string[]
  readonly conffiles?: readonly string[]
  /** `postinst` and the like -> text. */
  readonly scripts?: Readonly<Record<string, string>>
}

/** Builds the package from what is staged; returns the path of the .deb. The same stage makes the same bytes. */
export function buildDeb(deb: DebPackage, stage: Stage, release: Release, outDirectory: string): string {
  const sums = md5sums(stage)
  const control = controlOf(deb, release, installedSize(stage))
  stage.text('DEBIAN/control', control)
  stage.text('DEBIAN/md5sums', sums)
  if (deb.conffiles) stage.text('DEBIAN/conffiles', deb.conffiles.map((path) => `/${path}\n`).join(''))
  for (const [name, script] of Object.entries(deb.scripts ?? {})) stage.text(`DEBIAN/${name}`, script, 0o755)
  stage.date(release.epoch)
  const file = join(outDirectory, `${deb.name}_${release.version}_${architectureOf(deb, release)}.deb`)
  // -z6 takes three times as long, to save an eighth.
  run('dpkg-deb', ['--root-owner-group', '-Zxz', '-z2', '--build', stage.root, file], {
    SOURCE_DATE_EPOCH: String(release.epoch),
  })
  return file
}

function controlOf(deb: DebPackage, release: Release, size: number): string {
  const fields = {
    Package: deb.name,
    Version: release.version,
    Architecture: architectureOf(deb, release),
    Maintainer: release.maintainer,
    'Installed-Size': String(size),
    Section: 'net',
    Priority: 'optional',
    ...deb.fields,
  }
  const [summary = '', ...paragraphs] = deb.description
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`)
  return `${lines.join('')}Description: ${summary}\n${paragraphs.map(folded).join(' .\n')}`
}

function architectureOf(deb: DebPackage, release: Release): string {
  return deb.architecture === 'all' ? 'all' : release.architecture
}

/** Lines of at most 78 characters that begin with a space: Debian Policy §5.6.13. */
function folded(paragraph: string): string {
  const lines: string[] = []
  for (const word of paragraph.split(/\s+/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < 77) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(` ${word}`)
  }
  return lines.map((line) => `${line}\n`).join('')
}

/** In KiB, as dpkg-gencontrol counts: each file rounded up, 1 for all else. */
function installedSize(stage: Stage): number {
  return stage.walk().reduce((sum, path) => {
    const stat = lstatSync(path)
    return sum + (stat.isFile() ? Math.ceil(stat.size / 1024) : 1)
  }, 0)
}

function md5sums(stage: Stage): string {
  const files = stage.walk().filter((path) => lstatSync(path).isFile())
  return files
    .map(
      (path) =>
        `${createHash('md5').update(readFileSync(path)).digest('hex')}  ${relative(stage.root, path)}\n`,
    )
    .join('')
}
