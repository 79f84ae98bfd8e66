import type {Config} from '@oclif/core/interfaces'
import {type ManifestCommand, surfaceOf} from '../lib/ui/manual/manifest.js'
import type {Surface} from '../lib/ui/manual/surface.js'

/** What this program offers, by oclif's manifest: no command is loaded for it. */
export function ownSurface({bin, version, pjson, commands}: Config): Surface {
  const topics = (pjson.oclif.topics ?? {}) as Record<string, {description: string}>
  const described = commands as unknown as readonly ManifestCommand[]
  return surfaceOf({bin, version, description: pjson.description ?? '', topics, commands: described})
}
