import type {ZoneName} from '../../dns/name.js'
import type {EventVerb, ZoneEvent} from '../../zone/event.js'
import type {Happening} from '../../zone/happening.js'
import type {Provision, Receipt} from '../../zone/report.js'

/** One zone's change on its way, or just served everywhere. */
export interface ChangeView {
  zone: ZoneName
  verb: EventVerb
  source: string
  state: 'in flight' | 'failed' | 'done'
  /** How many of the secondaries that are waited for have proved it. */
  proved: number
  expected: number
  /** Milliseconds from the first event that is not served everywhere until now, or until it was. */
  ms: number
  /** Why it is not served, where somebody said so. */
  because?: string
}

interface Tracked {
  zone: ZoneName
  verb: EventVerb
  source: string
  /** The newest event. */
  sequence: number
  /** Events that are not proved everywhere; the first is the oldest. */
  open: Array<{sequence: number; time: number}>
  /** The newest event that each secondary proved, and when. */
  proved: Map<string, {event: number; time: number}>
  /** The newest event after which nobody has the zone. */
  absent: number
  /** Who proved the newest. */
  current: Set<string>
  failures: Map<string, string>
  /** When the last proof of the newest came. */
  provedAt: number | undefined
  doneAt: number | undefined
  ms: number
}

/** A zone that changes all the time while a secondary lags does not fill the memory. */
const MOST_OPEN = 100
const MOST_ZONES = 10_000
/** How long something that is over is remembered, so that hearing of it again does not begin it again. */
const REMEMBERED_MS = 300_000

/** Follows every change from its event to the last proof, and tells how long each proof took. Pure: time comes with what happens. */
export class ChangesInFlight {
  readonly #zones = new Map<ZoneName, Tracked>()
  readonly #open = new Set<Tracked>()
  readonly #onProof: (time: number, ms: number) => void
  #expected: ReadonlySet<string> = new Set()

  /** `onProof` is told when a secondary proved an event, and after how many milliseconds, once for each. */
  constructor(onProof: (time: number, ms: number) => void) {
    this.#onProof = onProof
  }

  get count(): number {
    return this.#open.size
  }

  /** Whose proofs are waited for from now on. */
  expect(secondaries: ReadonlySet<string>, now: number): void {
    if (this.#expected.size === secondaries.size && isWithin(this.#expected, secondaries)) return
    this.#expected = secondaries
    for (const change of this.#open) this.#settle(change, change.provedAt ?? now)
  }

  /** Harmless where it was told before. */
  take(happening: Happening): void {
    if (happening.kind === 'event') this.#began(happening.event, happening.sequence, happening.time)
    else if (happening.kind === 'provision') this.#provided(happening.provision, happening.time)
    else this.#received(happening.receipt, happening.time)
  }

  /** The oldest first, then what was over within the last `fadeMs` milliseconds. At most `most`. */
  view(now: number, {most, fadeMs}: {most: number; fadeMs: number}): ChangeView[] {
    const shown: Tracked[] = []
    for (const change of this.#open) {
      if (shown.length >= most) break
      shown.push(change)
    }
    for (const change of [...this.#zones.values()].reverse()) {
      if (shown.length >= most) break
      const {doneAt, sequence} = change
      if (doneAt !== undefined && sequence >= 0 && now - doneAt <= fadeMs) shown.push(change)
    }
    return shown.map((change) => this.#viewOf(change, now))
  }

  /** Forgets what was over long ago. */
  prune(now: number): void {
    for (const [zone, {doneAt}] of this.#zones) {
      if (doneAt !== undefined && now - doneAt > REMEMBERED_MS) this.#zones.delete(zone)
    }
  }

  #began({zone, verb, source}: ZoneEvent, sequence: number, time: number): void {
    const known = this.#zones.get(zone)
    if (known && sequence <= known.sequence) return
    const open = known?.doneAt === undefined ? (known?.open ?? []) : []
    open.push({sequence, time})
    if (open.length > MOST_OPEN) open.splice(1, 1)
    const change = this.#track({zone, verb, source, sequence, open}, known)
    this.#open.add(change)
    // Events and proofs come on ways of their own: what was proved before the event was heard of, is.
    for (const [secondary, proof] of change.proved) {
      if (proof.event < sequence) continue
      this.#onProof(proof.time, proof.time - time)
      this.#proved(change, secondary, proof.time)
    }
    if (change.absent >= sequence) this.#finish(change, time)
  }

  /** Something new of a zone, which moves to the end: the first is the one that was quiet for longest. */
  #track(fresh: Pick<Tracked, 'zone' | 'verb' | 'source' | 'sequence' | 'open'>, known?: Tracked): Tracked {
    const {proved = new Map(), absent = -1} = known ?? {}
    const change: Tracked = {
      ...{...fresh, proved, absent, current: new Set(), failures: new Map()},
      ...{provedAt: undefined, doneAt: undefined, ms: 0},
    }
    if (known) this.#open.delete(known)
    this.#zones.delete(fresh.zone)
    this.#zones.set(fresh.zone, change)
    if (this.#zones.size > MOST_ZONES) this.#dropOldest()
    return change
  }

  /** The zone's change, or what is known of one whose event was not heard of yet. */
  #changeOf(zone: ZoneName, time: number): Tracked {
    const known = this.#zones.get(zone)
    if (known) return known
    const unheard = {zone, verb: 'modified' as const, source: '', sequence: -1, open: []}
    const change = this.#track(unheard)
    change.doneAt = time
    return change
  }

  #dropOldest(): void {
    const [oldest] = this.#zones.values()
    if (!oldest) return
    this.#zones.delete(oldest.zone)
    this.#open.delete(oldest)
  }

  #provided(provision: Provision, time: number): void {
    const change = this.#changeOf(provision.zone, time)
    if (provision.outcome === 'absent') change.absent = Math.max(change.absent, provision.event)
    if (change.doneAt !== undefined || provision.event < change.sequence) return
    // There is nothing that anybody could serve.
    if (provision.outcome === 'absent') this.#finish(change, time)
    else if (provision.outcome === 'failed') change.failures.set('', provision.error.message)
    else change.failures.delete('')
  }

  #received(receipt: Receipt, time: number): void {
    const {zone, secondary, event} = receipt
    const change = this.#changeOf(zone, time)
    if (receipt.outcome === 'failed') {
      if (event >= change.sequence) change.failures.set(secondary, `${secondary}: ${receipt.error.message}`)
      return
    }
    const before = change.proved.get(secondary)?.event ?? -1
    if (event <= before) return
    change.proved.set(secondary, {event, time})
    for (const {sequence, time: began} of change.open) {
      if (sequence > before && sequence <= event) this.#onProof(time, time - began)
    }
    if (event >= change.sequence) this.#proved(change, secondary, time)
    else this.#shorten(change)
  }

  #proved(change: Tracked, secondary: string, time: number): void {
    change.current.add(secondary)
    change.failures.delete(secondary)
    change.provedAt = time
    if (change.doneAt === undefined) this.#settle(change, time)
  }

  /** Of a zone that changes again before it is served, what is served everywhere is no longer on its way. */
  #shorten({open, proved}: Tracked): void {
    let least = Number.POSITIVE_INFINITY
    for (const secondary of this.#expected) least = Math.min(least, proved.get(secondary)?.event ?? -1)
    const first = open.findIndex(({sequence}) => sequence > least)
    if (first > 0) open.splice(0, first)
  }

  #settle(change: Tracked, time: number): void {
    if (this.#expected.size > 0 && isWithin(this.#expected, change.current)) this.#finish(change, time)
  }

  #finish(change: Tracked, time: number): void {
    change.doneAt = time
    change.ms = time - (change.open[0]?.time ?? time)
    this.#open.delete(change)
  }

  #viewOf(change: Tracked, now: number): ChangeView {
    const {zone, verb, source, doneAt, failures, current} = change
    let proved = 0
    for (const secondary of this.#expected) if (current.has(secondary)) proved++
    const [because] = failures.values()
    const common = {zone, verb, source, proved, expected: this.#expected.size}
    if (doneAt !== undefined) return {...common, state: 'done', ms: change.ms}
    const ms = Math.max(0, now - (change.open[0]?.time ?? now))
    return because === undefined
      ? {...common, state: 'in flight', ms}
      : {...common, state: 'failed', ms, because}
  }
}

function isWithin(some: ReadonlySet<string>, all: ReadonlySet<string>): boolean {
  for (const one of some) if (!all.has(one)) return false
  return true
}
