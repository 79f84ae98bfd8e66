import {appendFile} from 'node:fs/promises'
import {join} from 'node:path'
import {DatabaseSync} from 'node:sqlite'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {loadConfig} from '../../../src/lib/config/load.js'
import {silentLogger} from '../../../src/lib/logger.js'
import {checkHealth} from '../../../src/lib/system/health.js'
import {knownSecondary, showSecondary} from '../../../src/lib/system/secondaries.js'
import {type KnownSecondary, System} from '../../../src/lib/system/system.js'
import {rrset} from '../../support/api-client.js'
import {eventually} from '../../support/eventually.js'
import {type Finished, pdist} from '../../support/pdist.js'
import {settled} from '../../support/settled.js'
import {type TestServer, TestSystem} from '../../support/system.js'

const [CHANGED, EDITED, MEANWHILE] = ['changed.example.', 'edited.example.', 'meanwhile.example.'] as const
const WATCH = '[health_checker]\ninactive_after = "2s"\nconfirm_within = "500ms"\nload_warning = 1000.0'
const BEAT = '[syncer]\nheartbeat = "300ms"\nload_warning = 1000.0\nmemory_warning = 0\ndisk_warning = 0'

const never = new AbortController().signal

let system: TestSystem
let ns1: TestServer
let ns2: TestServer
/** As the commands see it, without a process for each look. */
let seen: System
beforeAll(async () => {
  system = await TestSystem.start()
  await Promise.all([
    system.reconfigure('syncer-ns1', BEAT),
    system.reconfigure('syncer-ns2', BEAT),
    system.reconfigure('health-checker', WATCH),
    appendFile(system.lab.endpoints.config, `\n${WATCH}\n`),
  ])
  seen = await System.open(await loadConfig({file: system.lab.endpoints.config, env: {}}), silentLogger)
  ns1 = system.secondary('ns1')
  ns2 = system.secondary('ns2')
  for (const zone of [CHANGED, EDITED])
    await system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"first"')])
  await settled(system)
})
afterAll(async () => {
  await seen?.[Symbol.asyncDispose]()
  await system?.stop()
})

function run(...parameters: string[]): Promise<Finished> {
  return pdist([...parameters, '--config', system.lab.endpoints.config])
}

async function says(server: TestServer, zone: string, text: string): Promise<void> {
  expect(await server.dns.txt(`www.${zone}`)).toEqual([text])
}

test('a paused secondary applies nothing, across a crash, and nobody waits for it until it goes on', async () => {
  const pause = await system.command('secondary', 'pause', 'ns2', '--reason', 'new disk')
  expect(pause).toMatchObject({code: 0, json: {state: 'paused', pause: {reason: 'new disk'}}})
  await system.proxy.replace(CHANGED, rrset(`www.${CHANGED}`, 'TXT', '"second"'))
  await eventually(() => says(ns1, CHANGED, 'second'))
  const secondaries = [
    {secondary: 'ns1', state: 'served'},
    {secondary: 'ns2', state: 'paused'},
  ]
  const push = await system.command('zone', 'push', CHANGED)
  expect(push).toMatchObject({code: 0, json: [{confirmed: true, secondaries}]})

  const {startedAt} = await known('ns2')
  await system.lab.part('syncer-ns2').kill()
  await eventually(async () => expect((await known('ns2')).startedAt).toBeGreaterThan(startedAt))
  const reasons = [expect.stringMatching(/^ns2 is paused since .* \(new disk\)/)]
  expect(await checkHealth(seen, {signal: never})).toMatchObject({state: 'warning', reasons})
  const waits = {state: 'paused', pending: 1, position: {waiting: 1, inFlight: 0}}
  expect(await showSecondary(seen, 'ns2', never)).toMatchObject(waits)
  expect(await run('resync', 'ns2')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('PDIST_SECONDARY_PAUSED'),
  })
  await says(ns2, CHANGED, 'first')
  expect(await system.metric('health-checker', 'pdist_resends_total')).toBe(0)
  expect(await system.metric('health-checker', 'pdist_secondary_paused{secondary="ns2"')).toBe(1)

  const resume = await system.command('secondary', 'resume', 'ns2')
  expect(resume).toMatchObject({code: 0, json: {state: 'running'}})
  await eventually(() => says(ns2, CHANGED, 'second'), 5000)
  expect((await known('ns2')).paused).toBeUndefined()
})

function known(secondary: string): Promise<KnownSecondary> {
  return knownSecondary(seen, secondary, never)
}

test('a forced resync mends what compares equal; a quiet one says nothing where all is equal', async () => {
  const database = new DatabaseSync(join(system.lab.endpoints.dir, 'ns1', 'pdns.sqlite3'), {timeout: 5000})
  database.exec(`update records set content = '"wrong"' where name = 'www.${EDITED.slice(0, -1)}'`)
  database.close()
  await ns1.api.call('PUT', `/cache/flush?domain=${EDITED}`)
  await says(ns1, EDITED, 'wrong')
  expect(await run('resync', 'ns1', '--quiet')).toEqual({code: 0, stdout: '', stderr: ''})
  await says(ns1, EDITED, 'wrong')
  const force = await system.command('resync', 'ns1', '--force', '--zone', EDITED)
  expect(force).toMatchObject({code: 0, json: {state: 'equal', plan: {transfer: 1}, proved: 1, left: []}})
  await says(ns1, EDITED, 'first')
  const all = await run('resync', 'ns1', '--force')
  expect(all).toMatchObject({code: 0, stderr: 'comparing ns1 with the store\n'})
  expect(all.stdout).toMatch(/^ns1: 2 to transfer again\n[\s\S]*2 zones, 2 transferred again in /)
})

test('a secondary that is gone is forgotten without a trace, and gets everything should it come back', async () => {
  expect(await run('secondary', 'forget', 'ns2', '--yes')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('PDIST_SECONDARY_ACTIVE'),
  })
  await system.lab.part('syncer-ns2').stop()
  await eventually(async () => expect((await known('ns2')).silent).toBe(true))
  const inactive = {code: 1, stderr: expect.stringContaining('PDIST_SECONDARY_INACTIVE')}
  expect(await run('resync', 'ns2')).toMatchObject(inactive)
  const asked = {code: 2, stderr: expect.stringContaining('--yes')}
  expect(await run('secondary', 'forget', 'ns2')).toMatchObject(asked)
  const forget = await system.command('secondary', 'forget', 'ns2', '--yes')
  expect(forget).toMatchObject({code: 0, json: {state: 'forgotten', zones: 2}})
  expect(await checkHealth(seen, {signal: never})).toMatchObject({
    state: 'ok',
    secondaries: [{secondary: 'ns1'}],
  })
  await expect(known('ns2')).rejects.toMatchObject({code: 'PDIST_UNKNOWN_SECONDARY'})
  await eventually(async () => expect(await system.shows('health-checker', 'secondary="ns2"')).toEqual([]))
  await system.proxy.createZone(MEANWHILE)
  const {json} = await system.command('zone', 'push', MEANWHILE)
  expect(json).toMatchObject([{secondaries: [{secondary: 'ns1'}]}])
  await system.lab.part('syncer-ns2').start()
  await system.follows(MEANWHILE)
})
