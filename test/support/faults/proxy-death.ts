import {rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {expect} from 'vitest'
import {type ApiClient, rrset, zonePath} from '../api-client.js'
import {eventually} from '../eventually.js'
import type {TestSystem} from '../system.js'
import {startWith} from './daemons.js'

const HOOK = pathToFileURL(fileURLToPath(new URL('./die-before-publish.mjs', import.meta.url))).href

/**
 * Kills the api-proxy exactly between PowerDNS's answer and the publication of a change, for a zone that is created, one that
 * is changed and one that is deleted; none of them is touched again.
 */
export async function dieBeforePublishing({lab, proxy, primary}: TestSystem, label: string): Promise<void> {
  const part = lab.part('api-proxy')
  const file = join(lab.endpoints.dir, 'die-before-publish')
  const env = {NODE_OPTIONS: `--import=${HOOK}`, DIE_BEFORE_PUBLISH: file}
  const zone = (what: string) => `${what}.${label}.example.`
  const [changed, deleted, created] = [zone('changed'), zone('deleted'), zone('created')]
  for (const zone of [changed, deleted]) await proxy.createZone(zone)
  await part.stop()
  await startWith(part, env)
  const dies = async (zone: string, ...call: Parameters<ApiClient['send']>) => {
    await writeFile(file, zone)
    const answer = proxy.send(...call).catch(() => 'none')
    await eventually(() => expect(part.pid).toBeUndefined())
    expect(await answer).toBe('none')
    await rm(file)
    await startWith(part, env)
  }
  // It dies also where PowerDNS met a locked database and did nothing: then once more.
  const change = {rrsets: [{...rrset(`www.${changed}`, 'TXT', '"new"'), changetype: 'REPLACE'}]}
  const text = async () => (await primary.api.send('GET', zonePath(changed))).text
  while (!(await text()).includes('new')) await dies(changed, 'PATCH', zonePath(changed), change)
  const has = async (zone: string) => (await primary.api.zoneNames()).includes(zone)
  while (await has(deleted)) await dies(deleted, 'DELETE', zonePath(deleted))
  while (!(await has(created))) await dies(created, 'POST', '/zones', {name: created, kind: 'Native'})
}
