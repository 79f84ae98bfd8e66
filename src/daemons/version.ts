import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {packageRoot} from '../lib/package-root.js'

const manifest: unknown = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'))

/** The version of this pdist, from its package.json. */
export const version =
  typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : ''
