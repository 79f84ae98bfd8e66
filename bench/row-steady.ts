import type {Api} from './api.js'
import {type ChangeWay, floorWay, measureChange, pdistWay, within} from './change.js'
import {openLoop} from './open-loop.js'
import {type RowResult, target, type Way} from './results.js'
import {withoutLost} from './row-change.js'
import {percentilesOf} from './statistics.js'
import type {System} from './system.js'
import {numbered} from './watcher.js'

export interface SteadyRow {
  zones: number
  perSecond: number
  seconds: number
  /** For so long before, at half of the rate: a daemon that runs for months has long compiled what it does most. */
  warmUpSeconds: number
  /** Single changes before and after, with which the others are compared. */
  singles: number
}

interface Load {
  ways: readonly ChangeWay[]
  api: Api
  perSecond: number
  seconds: number
  /** The number of its first change. */
  from: number
}

interface Steady {
  changes: Sent[]
  /** How often a call had to be repeated. */
  repeats: number
}

interface Sent {
  /** When it was due, in milliseconds since the first one. */
  at: number
  took: number
  /** The first try did not make the secondaries serve it. */
  lost: boolean
}

const PATIENCE_MS = 60_000
const FLOOR_PATIENCE_MS = 500

/** Changes at a fixed rate over many zones, whether or not those before are served; the ways one after the other. */
export async function steadyRow(system: System, row: SteadyRow): Promise<RowResult> {
  const single = await floorWay(system, 'single.steady.example.', 10, FLOOR_PATIENCE_MS)
  const singles: Way = {name: 'floor, one change', samples: []}
  const pdist = await openAll(row, 'pdist', (zone) => pdistWay(system, zone, 10))
  const floor = await openAll(row, 'floor', (zone) => floorWay(system, zone, 10, FLOOR_PATIENCE_MS))
  const measureSingles = async () => {
    for (let i = 0; i < row.singles; i += 1) await measureChange(system, single, singles)
  }
  await measureSingles()
  const sent = await warmedUp(system, row, pdist, system.proxy)
  await measureSingles()
  const atFloor = await warmedUp(system, row, floor, system.primary)
  await measureSingles()
  const oneChange = withoutLost(singles)
  return {
    row: `${row.perSecond} changes a second`,
    title: `${row.perSecond} changes a second over ${row.zones} zones for ${row.seconds} s, each until both secondaries serve it`,
    unit: 'ms',
    floor: singles.name,
    ways: [wayOf('pdist', sent), wayOf('floor', withoutLate(atFloor)), oneChange],
    targets: targetsOf(sent.changes, oneChange),
  }
}

async function openAll(
  {zones}: SteadyRow,
  name: string,
  open: (zone: string) => Promise<ChangeWay>,
): Promise<ChangeWay[]> {
  const ways: ChangeWay[] = []
  for (let at = 0; at < zones; at += 1) ways.push(await open(`z${at}.${name}.steady.example.`))
  return ways
}

async function warmedUp(
  system: System,
  {perSecond, seconds, warmUpSeconds}: SteadyRow,
  ways: readonly ChangeWay[],
  api: Api,
): Promise<Steady> {
  const gentle = {ways, api, perSecond: perSecond / 2, seconds: warmUpSeconds, from: 1}
  await steady(system, gentle)
  return steady(system, {...gentle, perSecond, seconds, from: 1 + gentle.perSecond * warmUpSeconds})
}

/** The clock of each change starts when it is due. */
async function steady(system: System, {ways, api, perSecond, seconds, from}: Load): Promise<Steady> {
  const repeats = api.repeats
  const started = performance.now()
  const turns = new Map<ChangeWay, Promise<void>>()
  const changes = await openLoop(perSecond, perSecond * seconds, async (count, due) => {
    const number = from + count
    const way = ways[number % ways.length]
    if (!way) throw new RangeError('there are no zones')
    const served = system.servesChange(`t.${way.zone}`, number, AbortSignal.timeout(PATIENCE_MS))
    served.catch(() => undefined) // told below, unless the change fails first
    // Changes to one zone keep their order, also where PowerDNS makes their client wait.
    const turn = (turns.get(way) ?? Promise.resolve()).then(() => way.change(numbered(number)))
    turns.set(way, turn)
    await turn
    let tries = 1
    for (; !(await within(served, way.patienceMs)); tries += 1) await way.again()
    return {at: due - started, took: (await served) - due, lost: tries > 1}
  })
  return {changes, repeats: api.repeats - repeats}
}

/** The floor's own accidents would flatter whoever is compared with it. */
function withoutLate({changes, repeats}: Steady): Steady & {late: number} {
  const inTime = changes.filter(({lost}) => !lost)
  return {changes: inTime, repeats, late: changes.length - inTime.length}
}

function wayOf(name: string, {changes, repeats, late = 0}: Steady & {late?: number}): Way {
  const notes = [
    ...(late > 0 ? ['the late ones are left out'] : []),
    ...(repeats > 0 ? [`${repeats} times PowerDNS answered 500, and the call was repeated`] : []),
  ]
  return {
    name,
    samples: changes.map(({took}) => took),
    ...(late > 0 ? {lost: late} : {}),
    ...(notes.length > 0 ? {note: notes.join('; ')} : {}),
  }
}

function targetsOf(sent: readonly Sent[], singles: Way) {
  const third = Math.ceil(sent.length / 3)
  const inOrder = sent.toSorted((a, b) => a.at - b.at).map(({took}) => took)
  const first = percentilesOf(inOrder.slice(0, third))
  const last = percentilesOf(inOrder.slice(-third))
  const floor = percentilesOf(singles.samples)
  return [
    target("p99 / one change's at the floor", percentilesOf(inOrder).p99 / floor.p99, 5),
    target('p50 of the last third / of the first', last.p50 / first.p50, 1.5),
  ]
}
