import {readFileSync} from 'node:fs'
import {type ManifestCommand, surfaceOf} from '../../src/lib/ui/manual/manifest.js'
import type {Surface} from '../../src/lib/ui/manual/surface.js'
import {ROOT} from './pdist.js'

interface PackageJson {
  version: string
  description: string
  oclif: {bin: string; topics: Record<string, {description: string}>}
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(`${ROOT}${file}`, 'utf8'))
}

/** Every command of oclif's manifest, hidden ones too. */
export function manifestCommands(): ManifestCommand[] {
  return Object.values(
    (readJson('oclif.manifest.json') as {commands: Record<string, ManifestCommand>}).commands,
  )
}

/** What this repository's `pdist` offers. */
export function builtSurface(): Surface {
  const {version, description, oclif} = readJson('package.json') as PackageJson
  const {bin, topics} = oclif
  return surfaceOf({bin, version, description, topics, commands: manifestCommands()})
}
