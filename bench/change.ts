import {randomBytes} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import {type Api, contentsOf, txt} from './api.js'
import {loadZone} from './bulk.js'
import type {Way} from './results.js'
import type {System} from './system.js'

/** One way in which a change gets from a client to both secondaries, on a zone of its own. */
export interface ChangeWay {
  name: string
  zone: string
  /** Makes the change and all that this way needs beyond it. */
  change(text: string): Promise<void>
  /** Once more, without the change, where the first try was lost. */
  again(): Promise<void>
  /** Milliseconds until it counts as lost. */
  patienceMs: number
}

const SETTLED_WITHIN_MS = 120_000
/** The time that PowerDNS takes to read a call grows with the square of its size. */
const MOST_BY_API = 200_000

/** Through the api-proxy; the zone is made, and served everywhere, when it resolves. */
export async function pdistWay(system: System, zone: string, records: number): Promise<ChangeWay> {
  await createZone(system, system.proxy, zone, 'Native', records)
  await settled(system, zone, records)
  return {
    name: 'pdist',
    zone,
    change: (text) => system.proxy.replace(zone, txt(`t.${zone}`, text)),
    again: async () => undefined,
    patienceMs: settledWithinMs(records),
  }
}

/** The floor: PowerDNS's API itself, and at once an order to each secondary to transfer from the primary. */
export async function floorWay(
  system: System,
  zone: string,
  records: number,
  patienceMs: number,
): Promise<ChangeWay> {
  const retrieve = async () => {
    await system.everywhere(({api}) => api.retrieve(zone))
  }
  await directZone(system, zone, 'Native', records)
  return {
    name: 'floor',
    zone,
    change: async (text) => {
      await system.primary.replace(zone, txt(`t.${zone}`, text))
      await retrieve()
    },
    again: retrieve,
    patienceMs,
  }
}

/** PowerDNS by itself: the change, and a NOTIFY that the client asks for. */
export async function notifyWay(system: System, zone: string, records: number): Promise<ChangeWay> {
  await directZone(system, zone, 'Master', records)
  const targets = system.endpoints.secondaries.map(({dns}) => `${dns.host}:${dns.port}`)
  await system.primary.call('POST', `/zones/${zone}/metadata`, {kind: 'ALSO-NOTIFY', metadata: targets})
  const notify = () => system.primary.notify(zone)
  return {
    name: 'NOTIFY',
    zone,
    change: async (text) => {
      await system.primary.replace(zone, txt(`t.${zone}`, text))
      await notify()
    },
    again: notify,
    patienceMs: 10_000,
  }
}

/** Measures one change; the clock starts before its call. */
export async function measureChange(system: System, way: ChangeWay, into: Way): Promise<void> {
  const text = randomBytes(9).toString('hex')
  const ending = new AbortController()
  const started = performance.now()
  const served = system.serves(`t.${way.zone}`, text, ending.signal)
  // Whatever fails first is told below.
  served.catch(() => undefined)
  try {
    await way.change(text)
    if (await within(served, way.patienceMs)) into.samples.push((await served) - started)
    else {
      into.lost = (into.lost ?? 0) + 1
      await way.again()
      while (!(await within(served, 1000))) await way.again()
      into.samples.push((await served) - started)
    }
  } finally {
    ending.abort()
  }
}

/** False where it takes longer. */
export async function within(work: Promise<unknown>, ms: number): Promise<boolean> {
  const ending = new AbortController()
  try {
    return await Promise.race([
      work.then(() => true),
      sleep(ms, false, {signal: ending.signal}).catch(() => false),
    ])
  } finally {
    ending.abort()
  }
}

async function directZone(
  system: System,
  zone: string,
  kind: 'Native' | 'Master',
  records: number,
): Promise<void> {
  await createZone(system, system.primary, zone, kind, records)
  await system.everywhere(async ({api}) => {
    await api.createSecondary(zone, system.master)
    await api.retrieve(zone)
  })
  await settled(system, zone, records)
}

/** The TXT record of a large zone comes by a call of its own: the first that says what pdnsutil loaded. */
async function createZone(
  system: System,
  api: Api,
  zone: string,
  kind: 'Native' | 'Master',
  records: number,
): Promise<void> {
  const [first, rrsets] = [txt(`t.${zone}`, 'first'), contentsOf(zone, records)]
  if (records <= MOST_BY_API) return await api.createZone(zone, kind, [...rrsets, first])
  await api.createZone(zone, kind, rrsets.slice(0, 1))
  await loadZone(system, zone, rrsets)
  await api.replace(zone, first)
}

async function settled(system: System, zone: string, records: number): Promise<void> {
  await system.serves(`t.${zone}`, 'first', AbortSignal.timeout(settledWithinMs(records)))
}

function settledWithinMs(records: number): number {
  return SETTLED_WITHIN_MS + records
}
