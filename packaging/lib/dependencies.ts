import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {ROOT} from './release.js'

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

/** The texts that have to go wherever the package goes. */
export function licenseText({path, name, version, license}: Dependency): string {
  const folder = join(ROOT, path)
  const files = existsSync(folder) ? readdirSync(folder).filter((entry) => LICENSE.test(entry)) : []
  const texts = files.sort().map((entry) => readFileSync(join(folder, entry), 'utf8').trim())
  return `${name} ${version}\nLicense: ${license}\n\n${texts.join('\n\n')}\n`
}
