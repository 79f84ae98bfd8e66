import type {ZoneName} from '../../dns/name.js'
import type {Logger} from '../../logger.js'
import {type Fingerprint, isSigned, sameFingerprint} from '../../zone/fingerprint.js'
import type {Stored, Tombstone, Version} from '../../zone/version.js'
import {StillServedError} from '../errors.js'
import type {SecondaryApi, ServedState} from '../secondary.js'
import {eventually, servedFingerprint, serves} from '../verify.js'
import {type AmendmentOutcome, Amendments} from './amendments.js'
import {type EarlyOutcome, EarlyRequest} from './early-request.js'
import {Flushes} from './flushes.js'
import {isRecent, LocalTransfer} from './local-transfer.js'
import {OurZones} from './our-zones.js'
import type {Snapshot, SnapshotShelf} from './shelf.js'
import type {TransferWatch} from './transfer-watch.js'

export interface ApplyOptions {
  api: SecondaryApi
  served: ServedState
  shelf: SnapshotShelf
  /** Where the local PowerDNS transfers from, as it stores it: `[::1]:20102`. */
  masters: readonly string[]
  /** Whether what changed, or is new, is written into PowerDNS where that is possible, or every version is transferred. */
  amend: boolean
  /** For how long a zone is taken to be ours, and as it was proved, before it is looked at again, in milliseconds. */
  lookAgainMs: number
  log: Logger
  /** Aborted when nothing more is begun. */
  signal: AbortSignal
  /** Told what became of a transfer that PowerDNS was asked for before its version was here. */
  onEarly?(outcome: EarlyOutcome): void
  /** Told what became of a change that was written into PowerDNS, not transferred. */
  onAmendment?(outcome: AmendmentOutcome): void
  /** Told of each proof: what is served of a zone now, or that nothing is. */
  onServed?(zone: ZoneName, fingerprint: Fingerprint | undefined): void
}

const PATIENCE_MS = 5000

/** What is remembered of a version: a third of it, of which there is one for each zone. */
type Proved = Pick<Stored<Version>, 'revision' | 'content' | 'fingerprint'>

/** What is known of the zones for as long as the store is the same. */
interface Known {
  /** What was last proved to be served. */
  proved: Map<ZoneName, Proved>
  /** The revision of the state, version or tombstone, that each zone was last brought to. */
  reached: Map<ZoneName, number>
  /** Up to this revision every state was proved, be it by a process before this one. */
  acknowledged: number
}

/** Of a transfer. */
interface Circumstances {
  /** What was transferred last. */
  last: ReturnType<SnapshotShelf['handedOut']>
  watch: TransferWatch
  /** When PowerDNS was asked for it already. */
  asked: ReturnType<EarlyRequest['take']>
}

/** Makes the local PowerDNS serve one version, or none, and proves it. */
export class Applier {
  readonly #options: ApplyOptions
  readonly #ours: OurZones
  readonly #transfer: LocalTransfer
  readonly #early: EarlyRequest
  readonly #amendments: Amendments
  readonly #flushes: Flushes
  /** Replaced as a whole: what was under way when the store was made anew then notes its end where nobody looks. */
  #known: Known = {proved: new Map(), reached: new Map(), acknowledged: 0}

  constructor(options: ApplyOptions) {
    this.#options = options
    this.#ours = new OurZones(options)
    this.#transfer = new LocalTransfer({
      ...options,
      request: (zone, signal) => this.#ours.request(zone, signal),
    })
    this.#amendments = new Amendments(options)
    this.#flushes = new Flushes(options)
    this.#early = new EarlyRequest({
      ...options,
      onEarly: (outcome, zone) => {
        if (outcome === 'in-vain') this.#transfer.noteTransfer(zone)
        options.onEarly?.(outcome)
      },
    })
  }

  /** The version that this zone was last proved to serve. */
  proved(zone: ZoneName): Proved | undefined {
    return this.#known.proved.get(zone)
  }

  /** False for a state that a newer one overtook on its way here. */
  isCurrent({zone, revision}: Stored): boolean {
    return revision >= (this.#known.reached.get(zone) ?? 0)
  }

  /** The store was made anew: its revisions begin again, so nothing is older any more. Contents that were proved still are. */
  forget(): void {
    this.#known = {proved: new Map(this.#known.proved), reached: new Map(), acknowledged: 0}
  }

  /** The broker has this secondary's acknowledgement of every state up to this revision. */
  trust(acknowledged: number): void {
    this.#known.acknowledged = acknowledged
  }

  /** The number of zones that are known to be ours. */
  get zones(): number {
    return this.#ours.size
  }

  /** The zone was seen to be other than proved, or gone. */
  doubt(zone: ZoneName): void {
    this.#disown(zone)
    this.#known.proved.delete(zone)
  }

  /** A version that is to replace the one of revision `replaces` is being made: what can be done for it is done meanwhile. */
  expect(zone: ZoneName, replaces: number, signal: AbortSignal): void {
    const proved = this.proved(zone)
    if (!this.#ours.has(zone) || proved?.revision !== replaces) return
    if (this.#amendments.isPossible(zone, proved)) this.#amendments.lookAhead(zone, proved, signal)
    else this.#early.begin(zone, signal)
  }

  /** Nothing that is expected is waited for any longer. */
  close(): void {
    this.#early.close()
  }

  /** Resolves when nothing is pending that was begun. */
  settled(): Promise<void> {
    return this.#flushes.settled()
  }

  /** Takes note of a zone of ours that the local PowerDNS was found to have. */
  note(zone: ZoneName): void {
    this.#ours.note(zone)
  }

  /**
   * Resolves when the version is served: its fingerprint was seen over DNS after its transfer, or after what changed, or all of a new
   * zone, was written into PowerDNS; with `whole`, after its transfer.
   * Rejects with ForeignZoneError, NotServedError, or an error of the API.
   */
  async apply(snapshot: Snapshot, signal: AbortSignal, {whole = false} = {}): Promise<void> {
    const {zone} = snapshot.version
    const known = this.#known
    const {shelf} = this.#options
    const [former, last] = [shelf.snapshot(zone), shelf.handedOut(zone)]
    const {watch, release} = shelf.pin(snapshot)
    const asked = this.#early.take(zone)
    try {
      const isWritten = !whole && !asked && (await this.#write(known, former, snapshot, signal))
      if (!isWritten) await this.#haveTransferred(known, snapshot.version, {last, watch, asked}, signal)
      this.#flushes.later(zone)
    } catch (error) {
      // Somebody may have made another zone of it: look before the next try.
      this.#disown(zone)
      throw error
    } finally {
      release()
    }
  }

  /**
   * True where the version is served already. The fingerprint says so only of contents that were proved once: of others that
   * have the same, a delivery that nobody acknowledged may still be on its way here.
   */
  async confirm(version: Stored<Version>, signal: AbortSignal): Promise<boolean> {
    const known = this.#known
    const proved = known.proved.get(version.zone)
    const isProved = proved ? proved.content === version.content : version.revision <= known.acknowledged
    if (!isProved) return false
    if (!(await serves(this.#options.served, version, signal))) return false
    this.#prove(known, version)
    return true
  }

  /** Resolves when the zone is not served any more. Zones that pdist did not make stay: ForeignZoneError. */
  async remove(
    {zone, revision}: Pick<Stored<Tombstone>, 'zone' | 'revision'>,
    signal: AbortSignal,
  ): Promise<void> {
    const {api, served, shelf} = this.#options
    const known = this.#known
    const wasThere = await this.#ours.delete(zone, signal)
    this.#amendments.forget(zone)
    known.proved.delete(zone)
    shelf.remove(zone)
    const gone = await eventually(
      async () => (await served.fingerprintOf(zone, signal, {keys: false})).state === 'not-served',
      {ms: PATIENCE_MS, onSlow: () => api.flush(zone, signal), signal},
    )
    if (!gone) throw new StillServedError(`${zone} was deleted here, but is still answered for`)
    if (wasThere) {
      await api.flush(zone, signal)
      this.#flushes.later(zone)
    }
    known.reached.set(zone, revision)
    this.#options.onServed?.(zone, undefined)
  }

  /** Has PowerDNS transfer the version. */
  async #haveTransferred(
    known: Known,
    version: Stored<Version>,
    {last, watch, asked}: Circumstances,
    signal: AbortSignal,
  ): Promise<void> {
    const {zone, content, fingerprint} = version
    const before = await this.#servedBefore(version, signal)
    const earlier = last?.version
    // What was handed out just now, or never proved, may still be on its way to its commit: PowerDNS may transfer twice.
    const unproved =
      last !== undefined && (last.version.content !== known.proved.get(zone)?.content || isRecent(last))
    known.proved.delete(zone)
    const isLike = (other: Fingerprint | undefined) => other && sameFingerprint(other, fingerprint)
    if (isLike(before) || (earlier?.content !== content && isLike(earlier?.fingerprint)))
      await this.#transfer.unseen(version, watch, signal, {unproved})
    else await this.#transfer.seen(version, watch, signal, asked)
    this.#options.shelf.committed(version)
    // Whatever was found there before, it is as proved now.
    this.#amendments.forget(zone)
    if (before) await this.#flush(version, before, signal)
    this.#prove(known, version)
  }

  /** True where what changed, or all of a new zone, could be written into PowerDNS, and the version is served. */
  async #write(
    known: Known,
    former: Snapshot | undefined,
    snapshot: Snapshot,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (!this.#ours.has(snapshot.version.zone)) return this.#create(known, snapshot, signal)
    return former !== undefined && this.#amend(known, former, snapshot, signal)
  }

  async #create(known: Known, snapshot: Snapshot, signal: AbortSignal): Promise<boolean> {
    const {version} = snapshot
    const contents = await this.#amendments.findAll(snapshot, signal)
    if (!contents) return false
    known.proved.delete(version.zone)
    if (!(await this.#amendments.create(version, contents, signal))) return false
    this.#ours.note(version.zone)
    this.#prove(known, version)
    return true
  }

  async #amend(known: Known, former: Snapshot, snapshot: Snapshot, signal: AbortSignal): Promise<boolean> {
    const {version} = snapshot
    const {zone} = version
    const served = known.proved.get(zone)
    const difference = served && (await this.#amendments.find(served, former, snapshot, signal))
    if (!served || !difference) return false
    known.proved.delete(zone)
    if (!(await this.#amendments.make(served.fingerprint, version, difference, signal))) return false
    await this.#flush(version, served.fingerprint, signal)
    this.#prove(known, version)
    return true
  }

  /** Nothing is known of the zone at PowerDNS any more. */
  #disown(zone: ZoneName): void {
    this.#ours.forget(zone)
    this.#amendments.forget(zone)
  }

  #prove({proved, reached}: Known, version: Stored<Version>): void {
    const {zone, revision, content, fingerprint} = version
    proved.set(zone, {revision, content, fingerprint})
    reached.set(zone, revision)
    this.#options.onServed?.(zone, fingerprint)
  }

  /** A new zone has no old answers; what was said to those who asked for it too early, the later flush removes. */
  #flush({zone, fingerprint}: Version, before: Fingerprint, signal: AbortSignal): Promise<void> {
    // Of an unsigned zone the fingerprint does not show whether PowerDNS still takes it for signed.
    const metadata = isSigned(before) && !isSigned(fingerprint)
    return this.#flushes.atOnce(zone, signal, {metadata})
  }

  /** The zone is there and ours afterwards. */
  async #servedBefore(version: Version, signal: AbortSignal): Promise<Fingerprint | undefined> {
    if ((await this.#ours.ensure(version.zone, signal)) === 'created') return undefined
    const proved = this.proved(version.zone)
    return proved ? proved.fingerprint : servedFingerprint(this.#options.served, version, signal)
  }
}
