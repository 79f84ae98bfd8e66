import type {ZoneName} from '../../dns/name.js'
import type {ErrorReport} from '../../errors.js'
import type {Receipt} from '../../zone/report.js'
import type {ResyncItem} from './resync-items.js'

/** A zone that is not as it should be, and why, as far as the secondary said so. */
export type LeftItem = Omit<ResyncItem, 'way'> & {error?: ErrorReport}

/** `orphan` and `held` as the way of their item: no receipt tells of an orphan, and what is held is not ordered. */
type State = 'waiting' | 'ordered' | 'failed' | 'proved' | 'orphan' | 'held'

interface Entry {
  item: ResyncItem
  state: State
  /** Only an answer to the order proves it. */
  forced: boolean
  /** How often it was ordered. */
  times: number
  /** When it was ordered last. */
  orderedAt: number
  /** The secondary's time of the first order that it acknowledged; 0 where it does not tell. */
  mark?: number
  /** The last one since it was ordered. */
  receipt?: Receipt
  error?: ErrorReport
}

/** So many are under way at once: enough to keep a secondary busy, few enough to hold nothing up there. */
const AT_ONCE = 200
/** What nobody heard of for so long is ordered again, each time after twice the time. */
const PATIENCE_MS = 10_000
const LONGEST_PATIENCE_MS = 120_000

/**
 * A resync on its way: what is to be ordered next, and what is proved. Without force a comparison proves, and a receipt only says
 * so earlier; with force only a receipt that answers the order does. Pure: time is passed in, in milliseconds.
 */
export class ResyncRun {
  readonly #entries = new Map<ZoneName, Entry>()
  readonly #in: Readonly<Record<State, Set<ZoneName>>> = {
    ...{waiting: new Set(), ordered: new Set(), failed: new Set()},
    ...{proved: new Set(), orphan: new Set(), held: new Set()},
  }
  #ordered = 0

  constructor(items: readonly ResyncItem[], {force}: {force: boolean}) {
    for (const item of items) {
      const forced = force && item.way === 'store'
      this.#add(item, {state: 'waiting', forced, orderedAt: Number.NEGATIVE_INFINITY})
    }
  }

  get all(): number {
    return this.#entries.size
  }

  get proved(): number {
    return this.#in.proved.size
  }

  /** Zones that were ordered at least once. */
  get ordered(): number {
    return this.#ordered
  }

  /** Whether nothing is to be ordered, and nothing that was ordered is waited for but what failed. */
  get isIdle(): boolean {
    return this.#in.waiting.size + this.#in.ordered.size === 0
  }

  /** Whether all is proved but what waits for a decision. */
  get isOver(): boolean {
    return this.proved + this.#in.held.size === this.all
  }

  get left(): LeftItem[] {
    const left = [...this.#entries.values()].filter(({state}) => state !== 'proved')
    return left.map(({item: {way: _, ...item}, error}) => ({...item, ...(error ? {error} : {})}))
  }

  /** Zones to be ordered now, which they are from here on; with `all`, however many are under way. */
  next(now: number, {all = false} = {}): ZoneName[] {
    // What failed the secondary tries again by itself; but it may have been started anew since, and know nothing of it.
    for (const state of ['ordered', 'failed'] as const) {
      for (const [zone, entry] of this.#entriesIn(state))
        if (isOverdue(entry, now)) this.#set(zone, entry, 'waiting')
    }
    const room = AT_ONCE - this.#in.ordered.size
    // Half of the room at once, so that orders are few.
    if (!all && room < AT_ONCE / 2) return []
    return this.#order(this.#entriesIn('waiting').take(all ? Number.POSITIVE_INFINITY : room), now, 'ordered')
  }

  /** Zones to be removed now that the store knows nothing of. */
  nextOrphans(now: number): ZoneName[] {
    return this.#order(
      this.#entriesIn('orphan').filter(([, entry]) => isOverdue(entry, now)),
      now,
      'orphan',
    )
  }

  /** The secondary acknowledged the order; `mark`: when, by its clock, as far as it tells. */
  acknowledged(zones: readonly ZoneName[], mark = 0): void {
    for (const zone of zones) {
      const entry = this.#entries.get(zone)
      if (!entry) continue
      entry.mark ??= mark
      if (entry.receipt) this.#answer(zone, entry, entry.receipt)
    }
  }

  heard(receipt: Receipt): void {
    const entry = this.#entries.get(receipt.zone)
    if (!entry || (entry.state !== 'ordered' && entry.state !== 'failed')) return
    entry.receipt = receipt
    this.#answer(receipt.zone, entry, receipt)
  }

  /** What a comparison found to differ by now. What was not there before came by itself, and is given its time. */
  looked(differing: readonly ResyncItem[], now: number): void {
    const found = new Map(differing.map((item) => [item.zone, item]))
    for (const [zone, entry] of this.#entries) {
      const item = found.get(zone)
      if (!item) {
        if (!entry.forced) this.#prove(zone, entry)
      } else if (entry.state === 'proved' || (item.way === 'store' && entry.item.way !== 'store')) {
        Object.assign(entry, {item, orderedAt: now})
        this.#set(zone, entry, item.way === 'store' ? 'ordered' : item.way)
      }
    }
    for (const item of differing) {
      if (!this.#entries.has(item.zone)) this.#add(item, {state: 'ordered', forced: false, orderedAt: now})
    }
  }

  #answer(zone: ZoneName, entry: Entry, receipt: Receipt): void {
    if (receipt.outcome === 'failed') {
      entry.error = receipt.error
      this.#set(zone, entry, 'failed')
    } else if (!entry.forced || answers(receipt, entry)) {
      this.#prove(zone, entry)
    }
  }

  #prove(zone: ZoneName, entry: Entry): void {
    delete entry.error
    this.#set(zone, entry, 'proved')
  }

  #order(entries: Iterable<[ZoneName, Entry]>, now: number, state: State): ZoneName[] {
    const zones: ZoneName[] = []
    for (const [zone, entry] of [...entries]) {
      if (entry.times++ === 0) this.#ordered++
      entry.orderedAt = now
      delete entry.receipt
      this.#set(zone, entry, state)
      zones.push(zone)
    }
    return zones
  }

  #add(item: ResyncItem, ready: Pick<Entry, 'state' | 'forced' | 'orderedAt'>): void {
    const state = item.way === 'store' ? ready.state : item.way
    this.#entries.set(item.zone, {...ready, item, state, times: 0})
    this.#in[state].add(item.zone)
  }

  #set(zone: ZoneName, entry: Entry, state: State): void {
    this.#in[entry.state].delete(zone)
    this.#in[state].add(zone)
    entry.state = state
  }

  *#entriesIn(state: State): Generator<[ZoneName, Entry], undefined> {
    for (const zone of this.#in[state]) {
      const entry = this.#entries.get(zone)
      if (entry) yield [zone, entry]
    }
    return undefined
  }
}

function answers({ordered}: Receipt, {mark}: Entry): boolean {
  // An older syncer says nothing of orders: what comes after ours is taken for its answer.
  return mark === 0 || (mark !== undefined && ordered !== undefined && ordered >= mark)
}

function isOverdue({times, orderedAt}: Entry, now: number): boolean {
  return now - orderedAt >= Math.min(LONGEST_PATIENCE_MS, PATIENCE_MS * 2 ** Math.max(0, times - 1))
}
