import {setTimeout as sleep} from 'node:timers/promises'
import {type ChangeWay, floorWay, measureChange, pdistWay} from './change.js'
import {Noise} from './noise.js'
import {type RowResult, target, type Way} from './results.js'
import {percentilesOf} from './statistics.js'
import type {System} from './system.js'

export interface QuietRow {
  zones: number
  /** In each of them. */
  records: number
  rounds: number
  /** Of each phase. */
  seconds: number
}

interface Side {
  small: ChangeWay
  large: readonly ChangeWay[]
  quiet: Phase
  busy: Phase
}

interface Phase {
  served: Way
  /** How long PowerDNS's API took for the change itself: with SQLite it makes no other one during one of a large zone. */
  answered: Way
}

/** Between two changes of the small zone. */
const PAUSE_MS = 50
const FLOOR_PATIENCE_MS = 60_000

/** What large zones that change all the time do to an unrelated small one; quiet and busy phases in turn, each way by itself. */
export async function quietRow(system: System, row: QuietRow): Promise<RowResult> {
  const sides = [
    await openSide('pdist', row, (zone, records) => pdistWay(system, zone, records)),
    await openSide('floor', row, (zone, records) => floorWay(system, zone, records, FLOOR_PATIENCE_MS)),
  ]
  for (const {small} of sides) await measureChange(system, small, {name: '', samples: []})
  for (let round = 0; round < row.rounds; round += 1) {
    for (const side of sides) await phases(system, side, row.seconds * 1000)
  }
  return {
    row: `beside ${row.zones} large zones`,
    title:
      `One record changed in a small zone, while ${row.zones} zones of ${row.records} records ` +
      'are changed once a second each, and while they are not',
    unit: 'ms',
    floor: 'floor, quiet',
    // What the floor calls is more than the change itself.
    ways: sides.flatMap(({quiet, busy}, at) =>
      at === 0
        ? [quiet, busy].flatMap(({served, answered}) => [served, answered])
        : [quiet.served, busy.served],
    ),
    targets: sides.slice(0, 1).flatMap(targetsOf),
  }
}

async function openSide(
  name: string,
  {zones, records}: QuietRow,
  open: (zone: string, records: number) => Promise<ChangeWay>,
): Promise<Side> {
  const large: ChangeWay[] = []
  for (let at = 0; at < zones; at += 1) large.push(await open(`large${at}.${name}.quiet.example.`, records))
  return {
    small: await open(`small.${name}.quiet.example.`, 10),
    large,
    quiet: phase(`${name}, quiet`),
    busy: phase(`${name}, busy`),
  }
}

function phase(name: string): Phase {
  return {served: {name, samples: []}, answered: {name: `${name}: the call itself`, samples: []}}
}

async function phases(system: System, {small, large, quiet, busy}: Side, ms: number): Promise<void> {
  await measureFor(system, small, quiet, ms)
  const noise = Noise.start(large)
  try {
    await measureFor(system, small, busy, ms)
  } finally {
    await noise.stop()
  }
  busy.served.note = `with ${noise.perSecond.toFixed(1)} changes/s of large zones`
  // What they left under way is no part of the next quiet phase.
  for (const way of large) await measureChange(system, way, {name: '', samples: []})
}

async function measureFor(
  system: System,
  way: ChangeWay,
  {served, answered}: Phase,
  ms: number,
): Promise<void> {
  const end = performance.now() + ms
  do {
    await measureChange(system, timed(way, answered), served)
    await sleep(PAUSE_MS)
  } while (performance.now() < end)
}

function timed(way: ChangeWay, into: Way): ChangeWay {
  const change = async (text: string) => {
    const started = performance.now()
    await way.change(text)
    into.samples.push(performance.now() - started)
  }
  return {...way, change}
}

function targetsOf({quiet, busy}: Side) {
  const [least, most] = [percentilesOf(quiet.served.samples), percentilesOf(busy.served.samples)]
  return [
    target('p50 busy / quiet', most.p50 / least.p50, 3),
    target('p99 busy / quiet', most.p99 / least.p99, 10),
  ]
}
