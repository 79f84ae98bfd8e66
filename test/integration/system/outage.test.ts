import {appendFile} from 'node:fs/promises'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {sleep} from '../../../src/lib/async/abort.js'
import {loadConfig} from '../../../src/lib/config/load.js'
import type {Config} from '../../../src/lib/config/schema.js'
import {zoneName} from '../../../src/lib/dns/name.js'
import {silentLogger} from '../../../src/lib/logger.js'
import {checkHealth} from '../../../src/lib/system/health.js'
import {resyncSecondary} from '../../../src/lib/system/resync.js'
import {System} from '../../../src/lib/system/system.js'
import {rrset} from '../../support/api-client.js'
import {eventually} from '../../support/eventually.js'
import {pdist} from '../../support/pdist.js'
import {settled} from '../../support/settled.js'
import {TestSystem} from '../../support/system.js'

const [KEPT, CHANGED, DELETED] = ['kept.example.', 'changed.example.', 'deleted.example.'] as const
const LONG = 'retry_max = "1h"'
const BEAT = `[syncer]\nheartbeat = "300ms"\nload_warning = 1000.0\nmemory_warning = 0\ndisk_warning = 0\n${LONG}`

const never = new AbortController().signal

let system: TestSystem
let config: Config
let seen: System
beforeAll(async () => {
  system = await TestSystem.start({restart: false})
  await Promise.all([system.reconfigure('syncer-ns1', BEAT), system.reconfigure('syncer-ns2', BEAT)])
  await appendFile(system.lab.endpoints.config, '\n[health_checker]\ninactive_after = "1h"\n')
  config = await loadConfig({file: system.lab.endpoints.config, env: {}})
  seen = await System.open(config, silentLogger)
  for (const zone of [KEPT, CHANGED, DELETED])
    await system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"first"')])
  await settled(system)
})
afterAll(async () => {
  await seen?.[Symbol.asyncDispose]()
  await system?.stop()
})

const health = () => checkHealth(seen, {signal: never})
const isReady = () => system.metric('syncer-ns2', 'pdist_ready{condition="powerdns"')
const resync = (...more: string[]) =>
  pdist(['resync', 'ns2', ...more, '--config', system.lab.endpoints.config])

test('a PowerDNS that died shows although nothing changes, nobody takes it for right, and all is done when it is back', async () => {
  await eventually(async () => expect(await health()).toMatchObject({state: 'ok', reasons: []}))
  await system.lab.part('ns2').kill()
  await eventually(async () => expect(await isReady()).toBe(0))
  const [dns, api] = [
    /^ns2: PowerDNS answers no DNS queries: .*\. Check /,
    /^ns2: PowerDNS's API cannot be used, /,
  ]
  await eventually(async () =>
    expect(await health()).toMatchObject({
      state: 'critical',
      reasons: [expect.stringMatching(dns), expect.stringMatching(api), expect.stringContaining('not ready')],
    }),
  )
  for (const more of [[], ['--dry-run'], ['--zone', KEPT, '--force']]) {
    const {code, stderr} = await resync(...more)
    expect([code, stderr]).toEqual([1, expect.stringContaining('PDIST_POWERDNS_SILENT')])
    expect(stderr).toContain('ns2')
  }

  await system.proxy.replace(CHANGED, rrset(`www.${CHANGED}`, 'TXT', '"second"'))
  await system.proxy.send('DELETE', `/zones/${DELETED}`)
  for (const zone of [CHANGED, DELETED])
    await eventually(async () => expect(await retryIn(zone)).toBeGreaterThan(5_000), 30_000)
  await system.lab.part('ns2').start()
  await system.gone(DELETED)
  await system.everywhere(async (server) => expect(await server.txt(`www.${CHANGED}`)).toEqual(['second']))
  // One of them may have had its turn by chance in the moment in which PowerDNS was back.
  const early = await Promise.all([CHANGED, DELETED].map(isBeforeItsTurn))
  expect(early).toContain(true)
  await eventually(async () => expect(await health()).toMatchObject({state: 'ok', reasons: []}))
  expect(await isReady()).toBe(1)
  expect((await resync()).code).toBe(0)
})

/** In how many milliseconds a zone that failed last is tried again. */
async function retryIn(zone: string): Promise<number> {
  const failed = (await system.log('syncer-ns2')).findLast(isOf('zone.not_served', zone))
  return Number(failed?.retryInMs ?? 0)
}

/** Whether a zone was proved before it would have been tried again by itself. */
async function isBeforeItsTurn(zone: string): Promise<boolean> {
  const log = await system.log('syncer-ns2')
  const at = (line: Record<string, unknown> | undefined) => new Date(String(line?.time)).getTime()
  const failed = log.findLast(isOf('zone.not_served', zone))
  const proved = log.findLast((line) => isOf('zone.served', zone)(line) || isOf('zone.removed', zone)(line))
  return at(proved) > at(failed) && at(proved) < at(failed) + Number(failed?.retryInMs)
}

function isOf(event: string, zone: string): (line: Record<string, unknown>) => boolean {
  return (line) => line.event === event && line.zone === zone
}

test('a resync that has begun goes on when a PowerDNS is back that was away longer than a syncer may be silent', async () => {
  const {promise: begun, resolve: onPlan} = Promise.withResolvers<unknown>()
  const options = {zones: [zoneName(KEPT)], force: true, dryRun: false, wait: true, timeoutMs: 60_000}
  const part = system.lab.part('ns2')
  const resyncing = resyncSecondary(seen, config, 'ns2', {
    ...options,
    onPlan: () => onPlan(part.kill()),
    signal: never,
  })
  await begun
  await eventually(async () => expect(await isReady()).toBe(0))
  await sleep(16_000)
  await part.start()
  expect(await resyncing).toMatchObject({state: 'equal'})
  await eventually(async () => expect(await health()).toMatchObject({state: 'ok', reasons: []}), 20_000)
})

test('a syncer that was stopped says so, and nobody says for it that it is at work', async () => {
  const part = system.lab.part('syncer-ns2')
  await part.stop()
  const warning = 'ns2: its syncer was stopped: start `pdist daemon syncer` there again'
  expect(await health()).toMatchObject({state: 'warning', reasons: [warning]})
  const order = (...words: string[]) => system.command('secondary', ...words, '--timeout', '1s')
  // Whether somebody paused it before, or not.
  expect(await order('resume', 'ns2')).toMatchObject({code: 1, json: {state: 'ordered'}})
  expect(await order('pause', 'ns2')).toMatchObject({code: 1, json: {state: 'ordered'}})
  expect(await order('resume', 'ns2')).toMatchObject({code: 1, json: {state: 'ordered'}})
  await part.start()
  await eventually(async () => expect(await health()).toMatchObject({state: 'ok', reasons: []}))
  expect(await order('resume', 'ns2')).toMatchObject({code: 0, json: {state: 'running'}})
})
