import type {ZoneName} from '../../dns/name.js'
import type {Transfer} from '../../dns/transfer.js'
import {TransferRefusedError} from '../../dns/transfer-errors.js'
import type {Announcement, Provision} from '../../zone/report.js'
import {packMessages} from '../../zone/snapshot.js'
import type {Tombstone, Version} from '../../zone/version.js'
import {ContendedZoneError, PlanHeldError, TransferDeniedError, ZoneVanishedError} from '../errors.js'
import {type AdmissionPolicy, admit, expiryOf, notYetValid} from './admission.js'
import type {HeldLosses} from './held-losses.js'
import {type Known, KnownZones, type LookedAtStore} from './known-zones.js'
import {newestOf, versionOf} from './new-version.js'
import type {Signer} from './signer.js'

/** The primary, as far as providing a zone needs it. */
export interface Primary {
  transfer(zone: ZoneName, signal: AbortSignal): Promise<Transfer>
  /** Asks the API, which knows, where a refused transfer may have many reasons. */
  hasZone(zone: ZoneName, signal: AbortSignal): Promise<boolean>
  /** Makes the primary look for the zone in its database again. */
  flush(zone: ZoneName, signal: AbortSignal): Promise<void>
}

export interface VersionStore extends LookedAtStore {
  /** Rejects with an error of code PDIST_REVISION_CONFLICT where `expected` is not the newest revision. */
  put(version: Version, packed: Uint8Array, expected: number): Promise<number>
  bury(tombstone: Tombstone, expected: number): Promise<number>
}

export interface ProvideOptions {
  primary: Primary
  store: VersionStore
  /** Packed messages up to this many bytes travel in the zone's own message, larger ones through the object store. */
  inlineBytes: number
  admission: AdmissionPolicy
  /** Signs what is stored; without, nothing is signed. */
  signer?: Pick<Signer, 'sign' | 'stored' | 'isGood'>
  now(): number
  /** Told of a stored zone whose SOA's signatures all begin later than in an hour: `inception` is seconds as on the wire. */
  onNotYetValid?(zone: ZoneName, inception: number): void
  /** Holds updates that lose too much though nobody asked for them; without, none is held. */
  losses?: Pick<HeldLosses, 'admit' | 'settled'>
  /** Told of a replaced object that could not be removed; the sweep finds it later. */
  onLeftover(object: string, error: unknown): void
  /** Told that a version will most likely be made, while there is time to prepare for it. */
  announce?(announcement: Announcement): void
}

/** What a zone is looked at for. */
interface Occasion {
  /** The newest event that this covers. */
  event: number
  /** Whether it says that the zone is gone. */
  deleted: boolean
  /** Whether somebody asked for the change: then it is nobody's mistake, however much it takes away. */
  asked: boolean
  /** Whether a secondary refused what it has of the zone, or its removal. */
  refused: boolean
  /** Whether a change was just made, and nothing else is to be done: the version will be stored in a moment. */
  imminent: boolean
}

/** Distributive over the union of outcomes. */
type Outcome<P = Provision> = P extends Provision ? Omit<P, 'zone' | 'event' | 'at'> : never

const TRIES = 8
const SMALL_RECORDS = 2000
const CONFLICT = 'PDIST_REVISION_CONFLICT'

/**
 * Brings the store up to date with one zone of the primary.
 *
 * The revision that a write replaces is read before its transfer begins. So of two writers the one that transferred earlier
 * meets a conflict and starts again: the store never goes back in time, whatever the serials say.
 */
export class ZoneProvision {
  readonly #options: ProvideOptions
  readonly #known: KnownZones

  constructor(options: ProvideOptions) {
    this.#options = options
    this.#known = new KnownZones(options)
  }

  /**
   * `event` is the newest event that this covers, `deleted` whether it says that the zone is gone. Where nobody `asked` for the
   * change it rejects with PlanHeldError for one that loses too much, and with ZoneVanishedError where the zone is gone. Where a
   * secondary `refused` it, also a zone that neither the primary nor the store knows gets a tombstone: that one is signed.
   */
  async provide(
    zone: ZoneName,
    event: number,
    deleted: boolean,
    signal: AbortSignal,
    {asked = true, refused = false, imminent = false} = {},
  ): Promise<Outcome> {
    const outcome = await this.#provide(zone, {event, deleted, asked, refused, imminent}, signal)
    await this.#options.losses?.settled(zone)
    return outcome
  }

  /** Whether there is so much of it that it takes its time. */
  isLarge(zone: ZoneName): boolean {
    return isLarge(this.#known.peek(zone))
  }

  async #provide(zone: ZoneName, occasion: Occasion, signal: AbortSignal): Promise<Outcome> {
    for (let tries = 0; tries < TRIES; tries++) {
      const known = await this.#known.get(zone, signal)
      if (occasion.imminent && tries === 0) this.#announce(known)
      const transfer = await this.#transfer(zone, occasion.deleted, signal)
      try {
        const outcome = transfer
          ? await this.#store(transfer, occasion, known, signal)
          : await this.#bury(zone, occasion, known, signal)
        if (outcome) return outcome
      } catch (error) {
        if (!isConflict(error)) throw error
      }
      this.#known.forget(zone)
    }
    throw new ContendedZoneError(`${zone} was changed in the store by others ${TRIES} times in a row`)
  }

  /** What is large takes longer than those who prepare for it would wait. */
  #announce(known: Known): void {
    if (known?.kind !== 'version' || isLarge(known)) return
    this.#options.announce?.({zone: known.zone, replaces: known.revision})
  }

  /** The zone's messages, or undefined where the primary has no such zone. */
  async #transfer(zone: ZoneName, deleted: boolean, signal: AbortSignal): Promise<Transfer | undefined> {
    const {primary} = this.#options
    if (deleted && !(await primary.hasZone(zone, signal))) return undefined
    try {
      return await primary.transfer(zone, signal)
    } catch (error) {
      if (!(error instanceof TransferRefusedError)) throw error
      if (!(await primary.hasZone(zone, signal))) return undefined
      return this.#transferAfterFlush(zone, signal)
    }
  }

  /** A zone made with pdnsutil is answered for only after the zone cache was refreshed: every 300 s, or when asked to. */
  async #transferAfterFlush(zone: ZoneName, signal: AbortSignal): Promise<Transfer> {
    const {primary} = this.#options
    await primary.flush(zone, signal)
    try {
      return await primary.transfer(zone, signal)
    } catch (cause) {
      if (!(cause instanceof TransferRefusedError)) throw cause
      throw new TransferDeniedError(`the primary has ${zone} but does not transfer it: ${cause.message}`, {
        cause,
        hints: [
          'Allow this host in `allow-axfr-ips` on the primary, or configure `primary.tsig_name`',
          `Check that the zone has a SOA record: \`pdnsutil check-zone ${zone}\``,
        ],
      })
    }
  }

  /** Undefined: what we knew of the store was out of date; look again. */
  async #store(
    transfer: Transfer,
    {event, asked}: Occasion,
    known: Known,
    signal: AbortSignal,
  ): Promise<Outcome | undefined> {
    await admit(transfer, this.#options.admission, this.#options.now(), signal)
    if (known?.kind === 'version' && this.#isSame(known, transfer)) {
      const current = await this.#known.look(transfer.zone, signal)
      if (current.known?.revision !== known.revision) return undefined
      const signed = this.#isSigned(current.known)
      if (signed && (await this.#known.isIntact(known, current.body, signal)))
        return {outcome: 'unchanged', revision: known.revision}
    }
    if (!asked && !(await this.#mayLose(transfer, known, signal))) return undefined
    const snapshot = await packMessages(transfer.messages)
    const covered = {...snapshot, event: newestOf(event, known), at: this.#options.now()}
    const version = this.#sign(versionOf(transfer, {...this.#options, ...covered}), known)
    const revision = await this.#options.store.put(version, snapshot.packed, known?.revision ?? 0)
    this.#options.signer?.stored(version)
    await this.#known.replaced({...version, revision}, known)
    const inception = notYetValid(transfer, this.#options.now())
    if (inception !== undefined) this.#options.onNotYetValid?.(transfer.zone, inception)
    return {outcome: 'stored', revision}
  }

  /** Also in what the header says of its signatures: the secondaries go by that. */
  #isSame({content, expires, mayExpire}: Version, transfer: Transfer): boolean {
    const expiry = expiryOf(transfer, this.#options.admission)
    return content === transfer.content && expires === expiry.expires && mayExpire === expiry.mayExpire
  }

  /** False: what we knew of the store was out of date; look again. Rejects with PlanHeldError. */
  async #mayLose({zone, records: after, content}: Transfer, known: Known, signal: AbortSignal) {
    const {losses} = this.#options
    if (!losses || known?.kind !== 'version' || after >= known.records) return true
    const {known: current} = await this.#known.look(zone, signal)
    if (current?.revision !== known.revision) return false
    const verdict = await losses.admit({zone, before: known.records, after, content})
    if (verdict.admitted) return true
    throw new PlanHeldError(`${zone} would lose too many of its records: plan ${verdict.plan} is held`, {
      hints: [
        `Run \`pdist plan show ${verdict.plan}\`, then \`pdist plan approve ${verdict.plan}\` or \`reject\``,
      ],
    })
  }

  async #bury(
    zone: ZoneName,
    {event, deleted, asked, refused}: Occasion,
    known: Known,
    signal: AbortSignal,
  ): Promise<Outcome | undefined> {
    // A store that was wiped never heard of a zone that the secondaries may serve all the same.
    const unheardOf = !known && ((asked && deleted) || refused)
    const vanished = known && known.kind !== 'tombstone'
    if (unheardOf || vanished || (known && !this.#isSigned(known))) {
      if (vanished && !asked && !deleted) {
        throw new ZoneVanishedError(`${zone} is gone from the primary, but not by an API call`, {
          hints: [
            'The next comparison removes it, unless too many are gone at once: then it is held',
            `Run \`pdist zone push ${zone} --accept-loss\` if it shall go now`,
          ],
        })
      }
      const at = this.#options.now()
      const gone: Tombstone = {kind: 'tombstone', zone, event: newestOf(event, known), at}
      const tombstone = this.#sign(gone, known)
      const revision = await this.#options.store.bury(tombstone, known?.revision ?? 0)
      this.#options.signer?.stored(tombstone)
      await this.#known.replaced({...tombstone, revision}, known)
      return {outcome: 'tombstone', revision}
    }
    const {known: current} = await this.#known.look(zone, signal)
    if (current?.revision !== known?.revision) return undefined
    return current ? {outcome: 'tombstone', revision: current.revision} : {outcome: 'absent'}
  }

  /** True where nothing is signed here. */
  #isSigned(known: Known): boolean {
    const {signer} = this.#options
    return !signer || (known !== undefined && known.kind !== 'unreadable' && signer.isGood(known))
  }

  #sign<S extends Version | Tombstone>(state: S, known: Known): S {
    const readable = known?.kind === 'unreadable' ? undefined : known
    return this.#options.signer?.sign(state, readable) ?? state
  }
}

function isLarge(known: Known): boolean {
  return known?.kind === 'version' && known.records > SMALL_RECORDS
}

function isConflict(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === CONFLICT
}
