// What `pdist` offers, for the scripts that make documents of it; after a build.
import {fileURLToPath} from 'node:url'
import {Config} from '@oclif/core/config'
import {ownSurface} from '../dist/cli/surface.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Read from the commands as they are built, not from a manifest that may be older. */
export async function builtSurface() {
  globalThis.oclif = {...globalThis.oclif, enableAutoTranspile: false}
  const config = await Config.load({root, ignoreManifest: true})
  return ownSurface(config)
}
