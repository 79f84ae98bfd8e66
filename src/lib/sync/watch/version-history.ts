import type {ErrorReport} from '../../errors.js'
import type {EventVerb} from '../../zone/event.js'
import type {Happening} from '../../zone/happening.js'
import type {Provision, Receipt} from '../../zone/report.js'

/** An event that led to a version. Times are milliseconds since 1970 by the broker's clock. */
export interface Cause {
  sequence: number
  verb: EventVerb
  source: string
  /** The API call behind it. */
  call?: string
  time: number
}

/** A secondary's first proof of a version, or, until there is one, why it has none. */
export interface Proof {
  secondary: string
  outcome: Receipt['outcome']
  time: number
  /** From the first event that led to the version, else from when it was stored; absent where neither is known. */
  ms?: number
  error?: ErrorReport
}

/** One version of a zone, and who served it when. */
export interface VersionRecord {
  /** The store's revision; absent for what could not be stored. */
  revision?: number
  outcome: 'stored' | 'deleted' | 'failed'
  serial?: number
  /** When it was told to be stored; absent where that is no longer kept. */
  time?: number
  causes: Cause[]
  served: Proof[]
  /** Why it was not stored. */
  error?: ErrorReport
}

/** Events of one zone that a version may still cover; an endless row of unanswered ones is no history. */
const MAX_OPEN_CAUSES = 1000

/** What happened to one zone, in order, as its versions, the oldest first. Pure. */
export function versionsOf(happenings: Iterable<Happening>): VersionRecord[] {
  const history = new VersionHistory()
  for (const happening of happenings) history.add(happening)
  return history.versions
}

/** Takes in one happening after the other. */
export class VersionHistory {
  readonly #versions: VersionRecord[] = []
  readonly #byRevision = new Map<number, VersionRecord>()
  #open: Cause[] = []

  get versions(): VersionRecord[] {
    return this.#versions
  }

  add(happening: Happening): void {
    if (happening.kind === 'event') {
      const {event, sequence, time} = happening
      const {verb, source, call} = event
      this.#open.push({sequence, verb, source, ...(call === undefined ? {} : {call}), time})
      if (this.#open.length > MAX_OPEN_CAUSES) this.#open.shift()
    } else if (happening.kind === 'provision') this.#provided(happening.provision, happening.time)
    else this.#received(happening.receipt, happening.time)
  }

  #provided(provision: Provision, time: number): void {
    const causes = this.#open.filter(({sequence}) => sequence <= provision.event)
    this.#open = this.#open.filter(({sequence}) => sequence > provision.event)
    if (provision.outcome === 'absent') return
    if (provision.outcome === 'failed') {
      this.#failed(provision.error, causes, time)
      return
    }
    const version = this.#version(provision.revision)
    // What changed nothing is answered with the version that there was.
    if (provision.outcome === 'unchanged') return
    version.outcome = provision.outcome === 'tombstone' ? 'deleted' : 'stored'
    version.time ??= time
    version.causes.push(...causes)
    // The provision and the proofs come on ways of their own: a secondary may have been quicker.
    version.served = version.served.map((proof) => measured(proof, version))
  }

  /** The same failure again and again is told once, with all its causes. */
  #failed(error: ErrorReport, causes: Cause[], time: number): void {
    const last = this.#versions.at(-1)
    if (last?.outcome === 'failed' && last.error?.code === error.code) last.causes.push(...causes)
    else this.#versions.push({outcome: 'failed', time, causes, served: [], error})
  }

  #received(receipt: Receipt, time: number): void {
    const version = this.#version(receipt.revision)
    if (receipt.outcome === 'served') version.serial ??= receipt.serial
    if (receipt.outcome === 'removed') version.outcome = 'deleted'
    const before = version.served.findIndex(({secondary}) => secondary === receipt.secondary)
    // Proved again: the first proof is the one that tells when.
    if (before >= 0 && version.served[before]?.outcome !== 'failed') return
    const {secondary, outcome} = receipt
    const error = receipt.outcome === 'failed' ? {error: receipt.error} : {}
    const proof = measured({secondary, outcome, time, ...error}, version)
    if (before >= 0) version.served[before] = proof
    else version.served.push(proof)
  }

  #version(revision: number): VersionRecord {
    const known = this.#byRevision.get(revision)
    if (known) return known
    const version: VersionRecord = {revision, outcome: 'stored', causes: [], served: []}
    this.#byRevision.set(revision, version)
    this.#versions.push(version)
    return version
  }
}

/** The proof with how long it took, once it is known since when. */
function measured(proof: Proof, {causes, time}: VersionRecord): Proof {
  const start = causes[0]?.time ?? time
  if (start === undefined) return proof
  return {...proof, ms: Math.max(0, Math.round((proof.time - start) * 10) / 10)}
}
