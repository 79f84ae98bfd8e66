import {setTimeout as sleep} from 'node:timers/promises'
import type {Api} from './api.js'
import {floorWay, measureChange, pdistWay} from './change.js'
import {startFilled} from './filled.js'
import {type RowResult, type Target, target, type Way} from './results.js'
import {FLOOR_PATIENCE_MS, withoutLost} from './row-change.js'
import {percentilesOf} from './statistics.js'
import type {System} from './system.js'

const RECORDS = 10
const WARM_UP = 10
/** Changes of one way in a row: what is late by one way must not give the other one more time to rest. */
const BLOCK = 50
/** After each change, for what follows a proof. */
const PAUSE_MS = 30
const AT_MOST = 1.2

interface Measured {
  zones: number
  pdist: Way
  floor: Way
}

/**
 * One change with few and with many zones present, each in a system of its own, one after the other; the smallest comes once more at
 * the end, so that what the machine did meanwhile hits it as well.
 */
export async function presentRow(
  {sizes, changes}: {sizes: readonly number[]; changes: number},
  signal: AbortSignal,
): Promise<RowResult> {
  const measured = sizes.map(
    (zones): Measured => ({
      zones,
      pdist: {name: `pdist, ${zones} zones`, samples: []},
      floor: {name: 'floor', samples: []},
    }),
  )
  for (const one of [...measured, ...measured.slice(0, 1)]) await measure(one, changes, signal)
  const told = measured.map((one) => ({...one, floor: withoutLost(one.floor)}))
  return {
    row: 'zones present',
    title: 'One record changed, until both secondaries answer with it, with so many other zones present',
    unit: 'ms',
    ways: told.flatMap(({zones, pdist, floor}) => [pdist, {...floor, name: `floor, ${zones} zones`}]),
    targets: told.slice(1).flatMap((many) => targetsOf(many, told[0] ?? many)),
  }
}

async function measure({zones, pdist, floor}: Measured, changes: number, signal: AbortSignal): Promise<void> {
  const {system} = await startFilled({zones, served: true, cache: true, signal})
  try {
    const ways = [
      {way: await pdistWay(system, 'pdist.present.example.', RECORDS), into: pdist},
      {way: await floorWay(system, 'floor.present.example.', RECORDS, FLOOR_PATIENCE_MS), into: floor},
    ]
    await asLongAfterTheStart(system)
    const inTurn = async (count: number, isMeasured: boolean) => {
      for (const {way, into} of ways) {
        for (let i = 0; i < count; i += 1) {
          signal.throwIfAborted()
          await measureChange(system, way, isMeasured ? into : {name: '', samples: []})
          await sleep(PAUSE_MS)
        }
      }
    }
    await inTurn(WARM_UP, false)
    for (let done = 0; done < changes; done += BLOCK) await inTurn(BLOCK, true)
  } finally {
    await system.stop()
  }
}

/**
 * When they start, the syncers ask for every zone at once. PowerDNS keeps these answers in its query cache for half an hour (it
 * expects so many queries again before it looks for what has expired), and with 100,000 of them each purge takes it 5 ms.
 */
async function asLongAfterTheStart(system: System): Promise<void> {
  const flush = (api: Api) => api.call('PUT', '/cache/flush?domain=.')
  await Promise.all([flush(system.primary), system.everywhere(({api}) => flush(api))])
}

function targetsOf(many: Measured, few: Measured): Target[] {
  const p50 = (way: Way) => percentilesOf(way.samples).p50
  const toFloor = ({pdist, floor}: Measured) => p50(pdist) / p50(floor)
  const with_ = `with ${many.zones} zones / with ${few.zones}`
  return [
    target(`p50 ${with_}`, p50(many.pdist) / p50(few.pdist), AT_MOST),
    target(`(p50 / floor) ${with_}`, toFloor(many) / toFloor(few), AT_MOST),
  ]
}
