import type {Api} from './api.js'
import {txt} from './api.js'
import {type ChangeWay, floorWay, notifyWay, pdistWay} from './change.js'
import {type RowResult, target, type Way} from './results.js'
import type {System} from './system.js'

interface Burst {
  way: ChangeWay
  api: Api
  /** What is to be done once, after the last change. */
  after(): Promise<void>
  last: Way
}

const PROVIDED = 'pdist_zones_provided_total'
const LAST_WITHIN_MS = 1000
const TRANSFERS_AT_MOST = 0.1
const PATIENCE_MS = 120_000

/** Changes to one zone, one after the other as fast as they are answered; then the time until the last one is served. */
export async function burstRow(system: System, changes: number, rounds: number): Promise<RowResult[]> {
  const bursts = await openBursts(system)
  const transfers: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    for (const burst of bursts) {
      const before = await system.metric('zone-provider', PROVIDED)
      burst.last.samples.push(await measure(system, burst, round, changes))
      if (burst.way.name === 'pdist')
        transfers.push((await system.metric('zone-provider', PROVIDED)) - before)
    }
  }
  const row = `${changes} changes in a row`
  const title = `${changes} changes in a row to one zone, from the last answer until the last state is served`
  const ways = bursts.map(({last}) => last)
  const slowest = Math.max(...(ways[0]?.samples ?? []))
  const share = Math.max(...transfers) / changes
  return [
    {row, title, unit: 'ms', floor: 'floor', ways, targets: [target('slowest, ms', slowest, LAST_WITHIN_MS)]},
    {
      row: `${row}, transfers`,
      title: `How often the zone was transferred from the primary for ${changes} changes in a row`,
      unit: 'count',
      ways: [{name: 'pdist', samples: transfers}],
      targets: [target('most transfers / changes', share, TRANSFERS_AT_MOST)],
    },
  ]
}

async function openBursts(system: System): Promise<Burst[]> {
  const {primary, proxy} = system
  const ways = [
    await pdistWay(system, 'pdist.burst.example.', 10),
    await floorWay(system, 'floor.burst.example.', 10, PATIENCE_MS),
    await notifyWay(system, 'notify.burst.example.', 10),
  ]
  return ways.map((way) => ({
    way,
    api: way.name === 'pdist' ? proxy : primary,
    after: () => way.again(),
    last: {name: way.name, samples: []},
  }))
}

async function measure(
  system: System,
  {way, api, after}: Burst,
  round: number,
  changes: number,
): Promise<number> {
  const name = `t.${way.zone}`
  const ending = new AbortController()
  const signal = AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), ending.signal])
  const served = system.serves(name, `${round}-${changes}.`, signal)
  served.catch(() => undefined) // told below, unless a change fails first
  try {
    for (let i = 1; i <= changes; i += 1) await api.replace(way.zone, txt(name, `${round}-${i}.`))
    const answered = performance.now()
    await after()
    return (await served) - answered
  } finally {
    ending.abort()
  }
}
