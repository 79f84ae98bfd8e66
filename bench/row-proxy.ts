import {type Api, contentsOf, txt} from './api.js'
import {pdistWay} from './change.js'
import {type RowResult, type Target, target, type Way} from './results.js'
import {percentilesOf} from './statistics.js'
import type {System} from './system.js'

export interface ProxyRow {
  /** Of each kind and way, one at a time. */
  calls: number
  /** How often `clients` read as fast as they can. */
  rounds: number
  clients: number
}

interface Side {
  name: string
  api: Api
  zone: string
}

const DIRECT = "floor: PowerDNS's API itself"
const WARM_UP = 20
const READS_PER_CLIENT = 60
const SETTLED_WITHIN_MS = 60_000
const ADDS_AT_MOST_MS = 1
/** At least 0.9 times as many reads a second. */
const RATE_AT_MOST = 1 / 0.9

/** What the api-proxy adds to a call, over connections that clients keep; proxy and PowerDNS in turn. */
export async function proxyRow(system: System, row: ProxyRow): Promise<RowResult[]> {
  const proxy = {name: 'api-proxy', api: system.proxy, zone: 'pdist.proxy.example.'}
  const direct = {name: DIRECT, api: system.primary, zone: 'direct.proxy.example.'}
  await pdistWay(system, proxy.zone, 10)
  await system.primary.createZone(direct.zone, 'Native', contentsOf(direct.zone, 10))
  const sides = [proxy, direct]
  return [
    await callsRow('a zone read', row.calls, sides, ({api, zone}) => timed(api.read(`/zones/${zone}`))),
    await callsRow('all zones listed', row.calls, sides, ({api}) => timed(api.read('/zones'))),
    await callsRow('a change', row.calls, sides, (side, text) => changed(system, side, text)),
    await ratesRow(row, sides),
  ]
}

async function callsRow(
  what: string,
  calls: number,
  sides: readonly Side[],
  measure: (side: Side, text: string) => Promise<number>,
): Promise<RowResult> {
  const ways = sides.map(({name}): Way => ({name, samples: []}))
  for (let i = -WARM_UP; i < calls; i += 1) {
    for (const [at, side] of sides.entries()) {
      const took = await measure(side, `n${i}.`)
      if (i >= 0) ways[at]?.samples.push(took)
    }
  }
  const title = `Until PowerDNS's answer is there, for ${what}, one call at a time over a kept connection`
  return {row: `proxy: ${what}`, title, unit: 'ms', floor: DIRECT, ways, targets: added(ways)}
}

function added([proxy, direct]: readonly Way[]): Target[] {
  const p50 = (way?: Way) => percentilesOf(way?.samples ?? []).p50
  return [target('p50 added, ms', p50(proxy) - p50(direct), ADDS_AT_MOST_MS)]
}

/** What the change sets off is over before the next call. */
async function changed(system: System, {name, api, zone}: Side, text: string): Promise<number> {
  const took = await timed(api.replace(zone, txt(`t.${zone}`, text)))
  if (name !== DIRECT) await system.serves(`t.${zone}`, text, AbortSignal.timeout(SETTLED_WITHIN_MS))
  return took
}

async function timed(call: Promise<unknown>): Promise<number> {
  const started = performance.now()
  await call
  return performance.now() - started
}

async function ratesRow({rounds, clients}: ProxyRow, sides: readonly Side[]): Promise<RowResult> {
  const ways = sides.map(({name}): Way => ({name, samples: []}))
  for (let round = -1; round < rounds; round += 1) {
    for (const [at, side] of sides.entries()) {
      const perSecond = await rateOf(side, clients)
      if (round >= 0) ways[at]?.samples.push(perSecond)
    }
  }
  const [proxy, direct] = ways.map(({samples}) => percentilesOf(samples).p50)
  const targets =
    proxy === undefined || direct === undefined
      ? []
      : [target('p50 of PowerDNS itself / through the api-proxy', direct / proxy, RATE_AT_MOST)]
  const title = `Reads of one zone a second by ${clients} clients, each over a kept connection`
  return {row: `proxy: reads a second`, title, unit: 'count', floor: DIRECT, ways, targets}
}

async function rateOf({api, zone}: Side, clients: number): Promise<number> {
  const started = performance.now()
  const client = async () => {
    for (let i = 0; i < READS_PER_CLIENT; i += 1) await api.read(`/zones/${zone}`)
  }
  await Promise.all(Array.from({length: clients}, client))
  return (clients * READS_PER_CLIENT * 1000) / (performance.now() - started)
}
