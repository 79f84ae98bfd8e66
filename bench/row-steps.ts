import {randomBytes} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import {txt} from './api.js'
import {floorWay, pdistWay} from './change.js'
import {type Note, Probes} from './probes.js'
import type {RowResult, Way} from './results.js'
import {percentilesOf} from './statistics.js'
import {System} from './system.js'
import {Tap, type Tapped} from './tap.js'

/** When what was seen of one change, and by whom. */
interface Change {
  started: number
  served: number
  notes: Note[]
  messages: Tapped[]
}

/** Where a step is seen; undefined where it was not seen in this change. */
type Step = [name: string, at: (change: Change) => number | undefined]

const ZONE = 'pdist.steps.example.'
const FLOOR_ZONE = 'floor.steps.example.'
const RECEIPT = 'pdist.receipt.'
const PATIENCE_MS = 10_000
/** What follows a proof (the receipt, the second flush) is not to be in the next change's way. */
const PAUSE_MS = 40
/** The probes write ten times a second. */
const WRITTEN_MS = 500

const STEPS: readonly Step[] = [
  ['the call is at the api-proxy', noted('api-proxy', 'call arrives', 'PATCH')],
  ['the intent is on disk, PowerDNS gets the call', noted('api-proxy', 'request', 'PATCH')],
  ['PowerDNS has made the change and answers', noted('api-proxy', 'response', 'PATCH')],
  ['the zone-provider has the event and asks for the transfer', noted('zone-provider', 'connects')],
  ['the client has its answer', noted('api-proxy', 'call answered', 'PATCH')],
  ['it is transferred, in the zone store and at the syncers', heard('$KV.pdist-zones.')],
  ['the secondaries get what changed', noted('syncer', 'request', 'PATCH')],
  ['they have written it', noted('syncer', 'response', 'PATCH')],
  ['both answer with the change', ({served}) => served],
  ['both receipts are told', ({messages}) => last(messages, RECEIPT, 2)],
]

/** Where the time of one change goes: on a system of its own, whose daemons are listened to. */
export async function stepsRow(changes: number, signal: AbortSignal): Promise<RowResult> {
  const probes = await Probes.open()
  try {
    const system = await System.start({backend: 'gsqlite3', cache: true, signal})
    try {
      return result(await measure(system, probes, changes))
    } finally {
      await system.stop()
    }
  } finally {
    await probes.close()
  }
}

async function measure(system: System, probes: Probes, changes: number) {
  const tap = await Tap.open(system.endpoints, ['pdist.receipt.>', '$KV.pdist-zones.>'])
  try {
    await pdistWay(system, ZONE, 10)
    await floorWay(system, FLOOR_ZONE, 10, PATIENCE_MS)
    const made: Array<Omit<Change, 'notes'>> = []
    const floor: Way[] = FLOOR_STEPS.map((name) => ({name, samples: []}))
    for (let i = -WARM_UP; i < changes; i += 1) {
      const change = await changeOnce(system, tap)
      const direct = await directOnce(system)
      if (i < 0) continue
      made.push(change)
      for (const [at, way] of floor.entries()) way.samples.push(direct[at] ?? Number.NaN)
    }
    await sleep(WRITTEN_MS)
    return {changes: withNotes(made, await probes.notes()), floor}
  } finally {
    await tap.close()
  }
}

const WARM_UP = 10

async function changeOnce(system: System, tap: Tap): Promise<Omit<Change, 'notes'>> {
  const text = randomBytes(9).toString('hex')
  tap.take()
  const started = performance.now()
  const seen = system.serves(`t.${ZONE}`, text, AbortSignal.timeout(PATIENCE_MS))
  await system.proxy.replace(ZONE, txt(`t.${ZONE}`, text))
  const served = await seen
  const receipts = () => tap.count((subject) => subject.startsWith(RECEIPT))
  while (receipts() < system.secondaries.length && performance.now() < served + LATE_MS) await sleep(5)
  await sleep(PAUSE_MS)
  return {started, served, messages: tap.take()}
}

const FLOOR_STEPS = [
  'floor: PowerDNS answers',
  'floor: both APIs have taken axfr-retrieve',
  'floor: both answer with the change',
]

/** The same without pdist; milliseconds since the call. */
async function directOnce(system: System): Promise<number[]> {
  const text = randomBytes(9).toString('hex')
  const started = performance.now()
  const seen = system.serves(`t.${FLOOR_ZONE}`, text, AbortSignal.timeout(LATE_MS))
  seen.catch(() => undefined) // an old answer in a cache: the floor's own accident, told as NaN
  await system.primary.replace(FLOOR_ZONE, txt(`t.${FLOOR_ZONE}`, text))
  const answered = performance.now()
  await system.everywhere(({api}) => api.retrieve(FLOOR_ZONE))
  const taken = performance.now()
  const served = await seen.catch(() => Number.NaN)
  await sleep(PAUSE_MS)
  return [answered, taken, served].map((at) => at - started)
}

const LATE_MS = 500

/** What was noted from one change to the next. */
function withNotes(made: ReadonlyArray<Omit<Change, 'notes'>>, notes: readonly Note[]): Change[] {
  let at = 0
  return made.map((change) => {
    const mine: Note[] = []
    for (; (notes[at]?.at ?? Number.POSITIVE_INFINITY) < change.served; at += 1) {
      const note = notes[at]
      if (note && note.at >= change.started) mine.push(note)
    }
    return {...change, notes: mine}
  })
}

function result({changes, floor}: {changes: readonly Change[]; floor: readonly Way[]}): RowResult {
  const whole = percentilesOf(changes.map(({started, served}) => served - started)).p50
  const steps = STEPS.map(([name, at]): Way => {
    const seen = changes.flatMap((change) => {
      const when = at(change)
      return when === undefined ? [] : [when - change.started]
    })
    return {name, samples: seen, note: `${Math.round((percentilesOf(seen).p50 / whole) * 100)} %`}
  })
  const bare = floor.map((way) => ({...way, samples: way.samples.filter((ms) => !Number.isNaN(ms))}))
  return {
    row: 'steps of one change',
    title:
      "Milliseconds since the client's call, and their share of the time until both secondaries served it",
    unit: 'ms',
    ways: [...steps, ...bare],
    targets: [],
  }
}

/** When the last of the processes in this role did it for the first time. */
function noted(role: string, what: string, method?: string): Step[1] {
  return ({notes}) => {
    const first = new Map<number, number>()
    for (const note of notes) {
      if (note.role !== role || note.what !== what || (method && note.method !== method)) continue
      if (!first.has(note.pid)) first.set(note.pid, note.at)
    }
    return first.size === 0 ? undefined : Math.max(...first.values())
  }
}

function heard(prefix: string): Step[1] {
  return ({messages}) => messages.find(({subject}) => subject.startsWith(prefix))?.at
}

/** When `count` of them were told. */
function last(messages: readonly Tapped[], prefix: string, count: number): number | undefined {
  return messages.filter(({subject}) => subject.startsWith(prefix))[count - 1]?.at
}
