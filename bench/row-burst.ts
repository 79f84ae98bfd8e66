import {txt} from './api.js'
import {pdistWay} from './change.js'
import type {RowResult} from './results.js'
import type {System} from './system.js'

/** Changes to one zone, one after the other as fast as they are answered; then the time until the last one is served. */
export async function burstRow(system: System, changes: number, rounds: number): Promise<RowResult[]> {
  const zone = 'burst.example.'
  const name = `t.${zone}`
  await pdistWay(system, zone, 10)
  const last: number[] = []
  const transfers: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const before = await system.metric('zone-provider', PROVIDED)
    const served = system.serves(name, `${round}-${changes}.`, AbortSignal.timeout(120_000))
    for (let i = 1; i <= changes; i += 1) await system.proxy.replace(zone, txt(name, `${round}-${i}.`))
    const answered = performance.now()
    last.push((await served) - answered)
    transfers.push((await system.metric('zone-provider', PROVIDED)) - before)
  }
  const row = `${changes} changes in a row`
  const title = `${changes} changes in a row to one zone`
  return [
    {
      row,
      title,
      unit: 'ms',
      ways: [{name: 'pdist, last answer to last state served', samples: last}],
      targets: [],
    },
    {
      row,
      title,
      unit: 'count',
      ways: [{name: 'transfers from the primary', samples: transfers}],
      targets: [],
    },
  ]
}

const PROVIDED = 'pdist_zones_provided_total'
