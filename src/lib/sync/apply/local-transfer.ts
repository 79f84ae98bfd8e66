import {sleep} from '../../async/abort.js'
import type {ZoneName} from '../../dns/name.js'
import {RecentMap} from '../../recent-map.js'
import type {Version} from '../../zone/version.js'
import {NotServedError} from '../errors.js'
import type {SecondaryApi, ServedState} from '../secondary.js'
import {eventually, serves} from '../verify.js'
import type {TransferWatch} from './transfer-watch.js'
import {Turns} from './turns.js'

export interface LocalTransferOptions {
  api: Pick<SecondaryApi, 'getZone' | 'flush'>
  served: ServedState
  /** Asks PowerDNS for the transfer; it may drop the request. */
  request(zone: ZoneName, signal: AbortSignal): Promise<void>
}

/** How a transfer is known to have been committed. */
interface Evidence {
  /** Before each request. */
  before?(): Promise<void>
  /** When a transfer of ours has begun; false where its commit could not be told from an earlier one's. */
  begun?(): Promise<boolean>
  /** When all of it was sent. */
  committed(): Promise<boolean>
}

/** PowerDNS drops a request for a zone that it is transferring: it is repeated this soon, then later and later. */
const AT_ONCE_MS = [8, 15, 30, 60, 120]
/** Where no transfer of the zone was seen lately, nothing is likely to be dropped: the request waits for its turn. */
const LATER_MS = [250, 500, 1000, 2000, 4000, 8000, 8000]
const LATELY_MS = 1000
const RECORDS_PER_MS = 10
const PATIENCE_MS = 5000

/** Has the local PowerDNS transfer a version from us until it is proved to serve it. Rejects with NotServedError. */
export class LocalTransfer {
  readonly #options: LocalTransferOptions
  readonly #turns = new Turns()
  /** Zones whose transfer ended a moment ago. */
  readonly #ended = new RecentMap<ZoneName, true>(LATELY_MS)

  constructor(options: LocalTransferOptions) {
    this.#options = options
  }

  /**
   * The usual case: the fingerprint changes, so seeing the new one is the proof. `asked`: whether PowerDNS has taken a request for
   * this transfer already.
   */
  async seen(
    version: Version,
    watch: TransferWatch,
    signal: AbortSignal,
    asked?: Promise<boolean>,
  ): Promise<void> {
    const committed = () =>
      eventually(() => serves(this.#options.served, version, signal), {
        ms: commitMs(version),
        onSlow: () => this.#flushStale(version, signal),
        signal,
      })
    await this.#transfer(version, watch, signal, {committed}, asked)
  }

  /**
   * The zone says something else under the same serial and signatures, so its fingerprint proves nothing. What does is that
   * PowerDNS, having been handed everything, moves on its time of the last transfer; that has seconds, so we begin in a new one.
   * A transfer of earlier contents may end as late as ours begins (PowerDNS transfers a zone once at a time), and move it too.
   * Where such a one is `unproved`, the time must not have moved yet when ours has just begun; else we try once more.
   */
  async unseen(
    version: Version,
    watch: TransferWatch,
    signal: AbortSignal,
    {unproved}: {unproved: boolean},
  ): Promise<void> {
    const {api, served} = this.#options
    const lastCheck = async () => (await api.getZone(version.zone, signal))?.lastCheck ?? 0
    let known = 0
    let doubted = unproved
    await this.#transfer(version, watch, signal, {
      before: async () => {
        known = await lastCheck()
        // "Other" rather than "later": the clock may have been set back, and would be waited for in vain.
        while (Math.floor(Date.now() / 1000) === known) await sleep(20, signal)
      },
      begun: async () => {
        if (!doubted) return true
        const moved = (await lastCheck()) !== known
        // A quick one of ours may have been committed by now. In any case what was before it is over when the next one begins.
        if (moved) doubted = false
        return !moved
      },
      committed: async () => {
        const moved = async () => (await lastCheck()) !== known
        return (await eventually(moved, {ms: commitMs(version), signal})) && serves(served, version, signal)
      },
    })
  }

  /** The zone was transferred a moment ago, or still is: what PowerDNS is asked now it may drop. */
  noteTransfer(zone: ZoneName): void {
    this.#ended.set(zone, true, performance.now())
  }

  async #transfer(
    version: Version,
    watch: TransferWatch,
    signal: AbortSignal,
    evidence: Evidence,
    asked?: Promise<boolean>,
  ): Promise<void> {
    const {before, begun, committed} = evidence
    using _turn = this.#turns.enter()
    let isAsked = await asked
    for (const again of this.#waits(version.zone)) {
      await before?.()
      if (!isAsked) await this.#options.request(version.zone, signal)
      isAsked = false
      if (!(await this.#turns.begun(watch, again, signal))) continue
      const distinct = begun ? await begun() : true
      const sent = await watch.sent(transferMs(version), signal)
      watch.reset()
      this.noteTransfer(version.zone)
      if (distinct && sent && (await committed())) return
    }
    throw notServed(version)
  }

  /** PowerDNS goes on with a zone for a moment after its commit was seen. */
  *#waits(zone: ZoneName): Generator<number> {
    const isLate = () => !this.#ended.get(zone, performance.now())
    for (const wait of AT_ONCE_MS) if (!isLate()) yield wait
    yield* LATER_MS
  }

  /**
   * PowerDNS marks a zone as signed, or as signed with NSEC3, just before it commits the zone. A query in between makes it
   * cache the old metadata, by default for a minute: it then serves the new serial without signatures.
   */
  async #flushStale({zone, fingerprint}: Version, signal: AbortSignal): Promise<void> {
    const {api, served} = this.#options
    const now = await served.fingerprintOf(zone, signal, {keys: false})
    await api.flush(zone, signal, {metadata: now.state === 'served' && now.serial === fingerprint.serial})
  }
}

/** How long it may take until all of a version is sent, in milliseconds. */
function transferMs({records}: Pick<Version, 'records'>): number {
  return PATIENCE_MS + records / RECORDS_PER_MS
}

/** Whether a transfer of this version, handed out so long ago, may still be on its way to its commit. */
export function isRecent({version, ageMs}: {version: Pick<Version, 'records'>; ageMs: number}): boolean {
  return ageMs < transferMs(version)
}

/** How long a commit may take. */
function commitMs({records}: Version): number {
  return 1000 + records / RECORDS_PER_MS
}

function notServed({zone, fingerprint}: Version): NotServedError {
  return new NotServedError(
    `PowerDNS does not serve serial ${fingerprint.serial} of ${zone} although it was asked to transfer it`,
    {
      hints: [
        "Look into PowerDNS's log on this host for the zone's name",
        'Run `pdist zone show` for this zone',
      ],
    },
  )
}
