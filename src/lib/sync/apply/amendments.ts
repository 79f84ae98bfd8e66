import {cooperate} from '../../async/cooperate.js'
import {creationOf, type Difference, differenceOf} from '../../dns/difference.js'
import type {ZoneName} from '../../dns/name.js'
import {RecentMap} from '../../recent-map.js'
import {type Fingerprint, isSigned} from '../../zone/fingerprint.js'
import type {Version} from '../../zone/version.js'
import {isOurs, type SecondaryApi, type ServedState} from '../secondary.js'
import {eventually, serves} from '../verify.js'
import {isRecent} from './local-transfer.js'
import type {Snapshot, SnapshotShelf} from './shelf.js'

/** What became of an amendment; after all but the first two the zone is transferred. */
export type AmendmentOutcome =
  | 'amended'
  /** The zone was new, and was created with all of its records. */
  | 'created'
  /** Something in it cannot be said to PowerDNS's API without doubt. */
  | 'unfit'
  /** PowerDNS has no such zone any more. */
  | 'absent'
  /** PowerDNS did not take it. */
  | 'refused'
  /** PowerDNS took it, and serves something else. */
  | 'in-vain'

export interface AmendmentsOptions {
  /** False: zones are only transferred. */
  amend: boolean
  /** For how long it holds that a zone was ours and as it was proved, in milliseconds. */
  lookAgainMs: number
  api: Pick<SecondaryApi, 'prepare' | 'amend' | 'createWith' | 'flush' | 'getZone'>
  served: ServedState
  shelf: Pick<SnapshotShelf, 'snapshot' | 'handedOut'>
  masters: readonly string[]
  onAmendment?(outcome: AmendmentOutcome): void
}

/** What was last proved to be served of a zone. */
export type Served = Pick<Version, 'content' | 'fingerprint'>

/** Whether a zone is as we think it is; undefined where nobody could tell. */
type Look = Promise<boolean | undefined>

/** PowerDNS answers when it has committed. */
const SERVED_WITHIN_MS = 1000
/** So many times in a row it did not help: there is something about the zone that PowerDNS does not want to be told so. */
const MOST_FAILURES = 3

/**
 * Writes what changed in an unsigned zone into the local PowerDNS, by its API, instead of having it transfer the zone: one call that
 * ends with the commit, where a transfer takes a call, two connections and all records, some 20,000 of which PowerDNS writes in a
 * second. A small new zone is created with its records likewise. In signed zones PowerDNS orders the names for its denials when it
 * transfers them, and only then.
 */
export class Amendments {
  readonly #options: AmendmentsOptions
  /** How often in a row an amendment of a zone did not help. */
  readonly #failures = new Map<ZoneName, number>()
  /** The last look at each zone, by the monotonic clock. */
  readonly #looks: RecentMap<ZoneName, Look>

  constructor(options: AmendmentsOptions) {
    this.#options = options
    this.#looks = new RecentMap(options.lookAgainMs)
  }

  /** Whether the zone's next version may come by an amendment: the present one is at hand, and nothing is on its way. */
  isPossible(
    zone: ZoneName,
    {content, fingerprint}: Served,
    former = this.#options.shelf.snapshot(zone),
  ): boolean {
    return former?.version.content === content && this.#isAllowed(zone, fingerprint)
  }

  /** A version of this zone is being made: what has to be known of the present one may be looked up meanwhile. */
  lookAhead(zone: ZoneName, served: Served, signal: AbortSignal): void {
    this.#options.api.prepare()
    void this.#isAsProved(zone, served.fingerprint, signal).catch(() => undefined)
  }

  /** The zone was seen to be other than proved. */
  forget(zone: ZoneName): void {
    this.#looks.delete(zone)
  }

  /**
   * What leads from what is served to a version; undefined where only a transfer will do. `former` is what was at hand before the
   * version was.
   */
  async find(
    served: Served,
    former: Snapshot,
    {version, messages}: Snapshot,
    signal: AbortSignal,
  ): Promise<Difference | undefined> {
    const {zone, fingerprint} = version
    if (isSigned(fingerprint) || !this.isPossible(zone, served, former)) return undefined
    return cooperate(differenceOf(zone, former.messages, messages), signal)
  }

  /**
   * True when the version is served. The zone must still be ours and have the version that the difference begins with: PowerDNS does
   * not look.
   * Rejects with an error of the API where it is not known whether PowerDNS has made the change.
   */
  async make(
    before: Fingerprint,
    version: Version,
    difference: Difference,
    signal: AbortSignal,
  ): Promise<boolean> {
    const {zone} = version
    if (!(await this.#isAsProved(zone, before, signal))) return false
    const taken = await this.#options.api.amend(zone, difference, signal)
    return this.#isDone(version, taken, signal)
  }

  /** All records of a version, for a PowerDNS that does not have the zone; undefined where only a transfer will do. */
  async findAll({version, messages}: Snapshot, signal: AbortSignal): Promise<Difference | undefined> {
    const {zone, fingerprint} = version
    return this.#isAllowed(zone, fingerprint) ? cooperate(creationOf(zone, messages), signal) : undefined
  }

  /** True when the zone was created with all of these, and is served; rejects as `make` does. */
  async create(version: Version, contents: Difference, signal: AbortSignal): Promise<boolean> {
    const {api, masters} = this.#options
    const taken = await api.createWith(version.zone, masters, contents, signal)
    return taken !== 'found' && this.#isDone(version, taken, signal)
  }

  /** Of an unsigned zone of which nothing is on its way, and with which nothing is the matter. */
  #isAllowed(zone: ZoneName, fingerprint: Fingerprint): boolean {
    const {amend, shelf} = this.#options
    if (!amend || isSigned(fingerprint) || this.#failuresOf(zone) >= MOST_FAILURES) return false
    const last = shelf.handedOut(zone)
    return last === undefined || !isRecent(last)
  }

  async #isDone(
    version: Version,
    taken: Exclude<AmendmentOutcome, 'in-vain'>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const {api, served, onAmendment} = this.#options
    const {zone} = version
    const isTaken = taken === 'amended' || taken === 'created'
    const isServed = () => serves(served, version, signal)
    const options = {ms: SERVED_WITHIN_MS, onSlow: () => api.flush(zone, signal), signal}
    const isDone = isTaken && (await eventually(isServed, options))
    const outcome = isTaken && !isDone ? 'in-vain' : taken
    onAmendment?.(outcome)
    if (isDone) this.#failures.delete(zone)
    else this.forget(zone)
    if (outcome === 'refused' || outcome === 'in-vain') this.#failures.set(zone, this.#failuresOf(zone) + 1)
    return isDone
  }

  #failuresOf(zone: ZoneName): number {
    return this.#failures.get(zone) ?? 0
  }

  /** Rejects with an error of the API. */
  async #isAsProved(zone: ZoneName, fingerprint: Fingerprint, signal: AbortSignal): Promise<boolean> {
    const known = this.#looks.get(zone, performance.now())
    const isAsProved = known && (await known)
    if (isAsProved !== undefined) return isAsProved
    const looking = this.#look(zone, fingerprint, signal)
    const noted = looking.catch(() => undefined)
    this.#looks.set(zone, noted, performance.now())
    return looking
  }

  /** What is in the database counts, and what is served of it: PowerDNS may answer from its caches. */
  async #look(zone: ZoneName, fingerprint: Fingerprint, signal: AbortSignal): Promise<boolean> {
    const {api, served, masters} = this.#options
    const [local, isServed] = await Promise.all([
      api.getZone(zone, signal),
      serves(served, {zone, fingerprint}, signal),
    ])
    return isServed && local !== undefined && isOurs(local, masters) && local.serial === fingerprint.serial
  }
}
