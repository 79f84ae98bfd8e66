import {Slots} from '../../async/slots.js'
import type {ZoneName} from '../../dns/name.js'
import type {Version} from '../../zone/version.js'
import type {SyncJob} from './sync-jobs.js'

export interface RoomsOptions {
  /** Zones that are worked on at once; zones with more than `largeRecords` records count apart. */
  smallTransfers: number
  largeTransfers: number
  largeRecords: number
  /** How many small zones that nobody waits for are worked on at once while others are urgent. */
  besideUrgent: number
}

/** Somebody who makes changes makes another one soon. */
const URGENT_FOR_MS = 1000

/** Begins a zone's work; `not-admitted` where it turned out to be large in the room of the small ones. */
type Begin = (room: {large: boolean}) => Promise<'not-admitted' | undefined>

/**
 * Small zones and large ones take turns apart from each other, so that a large one holds up few. Those that nobody waits for leave the
 * machine to those that are urgent.
 */
export class Rooms {
  readonly #small: Slots<ZoneName>
  readonly #large: Slots<ZoneName>
  readonly #largeRecords: number
  #urgentUntil = Number.NEGATIVE_INFINITY

  constructor({smallTransfers, largeTransfers, largeRecords, besideUrgent}: RoomsOptions) {
    this.#small = new Slots(smallTransfers, () => (this.#isUrgent ? besideUrgent : smallTransfers))
    this.#large = new Slots(largeTransfers)
    this.#largeRecords = largeRecords
  }

  isLarge({records}: Version): boolean {
    return records > this.#largeRecords
  }

  /** The zone goes before those that are not urgent, from now on. */
  hurry(zone: ZoneName): void {
    this.#noteUrgent()
    for (const slots of [this.#small, this.#large]) slots.hurry(zone)
  }

  /** To be called now and then: what went one by one while others were urgent may go on all together. */
  look(): void {
    this.#small.look()
  }

  /** `job` tells the size, as far as it is known before there is room. */
  async enter(zone: ZoneName, job: SyncJob | undefined, begin: Begin): Promise<void> {
    const state = job?.delivery?.state
    const large = state?.kind === 'version' && this.isLarge(state)
    const turn = {key: zone, urgent: job?.urgent ?? false}
    // What fails and is tried again says nothing of who waits now.
    if (turn.urgent && job?.failures === 0) this.#noteUrgent()
    if (large) await this.#large.hold(() => begin({large}), turn)
    else if ((await this.#small.hold(() => begin({large}), turn)) === 'not-admitted')
      await this.#large.hold(() => begin({large: true}), turn)
  }

  get #isUrgent(): boolean {
    return performance.now() < this.#urgentUntil
  }

  #noteUrgent(): void {
    this.#urgentUntil = performance.now() + URGENT_FOR_MS
  }
}
