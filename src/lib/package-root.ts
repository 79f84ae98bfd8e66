import {findPackageJSON} from 'node:module'
import {dirname} from 'node:path'

/** The folder of pdist's package.json, seen from the sources and from what is built of them. */
export function packageRoot(): string {
  const file = findPackageJSON(import.meta.url)
  if (file === undefined) throw new Error('pdist is not in a folder with its package.json')
  return dirname(file)
}
