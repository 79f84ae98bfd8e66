import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs'
import {extname, join, normalize} from 'node:path'
import {ROOT} from './release.js'
import type {Stage} from './stage.js'

export interface Dependency {
  /** Its folder, such as `node_modules/ink/node_modules/type-fest`. */
  readonly path: string
  readonly name: string
  readonly version: string
  readonly license: string
}

interface Locked {
  version: string
  license?: string
  dev?: boolean
  devOptional?: boolean
  name?: string
}

/** What Node.js loads; the rest is written for people, compilers and other tools. */
const RUN = new Set(['.js', '.mjs', '.cjs', '.json', '.node', '.wasm'])
/** At the top of a package; deeper down such a name may be part of the program. */
const NOT_RUN_FOLDERS =
  /^(\.[^/]*|tests?|__tests__|docs?|examples?|bench(marks?)?|benches|coverage|types|scripts|integration)$/
const LICENSE = /^(licen[cs]e|copying|notice)/i

/** The packages that the program needs to run, as package-lock.json has them. */
export function productionDependencies(lockFile = `${ROOT}package-lock.json`): Dependency[] {
  const {packages} = JSON.parse(readFileSync(lockFile, 'utf8')) as {packages: Record<string, Locked>}
  return Object.entries(packages)
    .filter(([path, {dev, devOptional}]) => path !== '' && !dev && !devOptional)
    .map(([path, {version, license = 'unknown', name}]) => {
      const installedAs = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
      return {path, version, license, name: name ?? installedAs}
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Copies what a package needs to run. Its license text goes elsewhere: `licenseText`. */
export function installDependency(stage: Stage, to: string, {path}: Dependency): void {
  const from = join(ROOT, path)
  const programs = programsOf(from)
  const copy = (folder: string, isTop: boolean) => {
    for (const entry of readdirSync(join(from, folder)).sort()) {
      const inside = join(folder, entry)
      if (statSync(join(from, inside)).isDirectory()) {
        // What is nested has an entry of its own in the lock file.
        if (entry === 'node_modules' || (isTop && NOT_RUN_FOLDERS.test(entry))) continue
        copy(inside, false)
      } else if (RUN.has(extname(entry)) && !entry.startsWith('.') && !programs.has(inside)) {
        stage.file(join(to, path, inside), join(from, inside))
      }
    }
  }
  copy('', true)
}

/** The files of its own commands, which nobody can call. */
function programsOf(folder: string): ReadonlySet<string> {
  const {bin = {}, main} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin?: string | Record<string, string>
    main?: string
  }
  const files = typeof bin === 'string' ? [bin] : Object.values(bin)
  return new Set(files.filter((file) => file !== main).map((file) => normalize(file)))
}

/** The texts that have to go wherever the package goes. */
export function licenseText({path, name, version, license}: Dependency): string {
  const folder = join(ROOT, path)
  const files = existsSync(folder) ? readdirSync(folder).filter((entry) => LICENSE.test(entry)) : []
  const texts = files.sort().map((entry) => readFileSync(join(folder, entry), 'utf8').trim())
  return `${name} ${version}\nLicense: ${license}\n\n${texts.join('\n\n')}\n`
}
