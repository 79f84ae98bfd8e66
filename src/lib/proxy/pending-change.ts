import {randomUUID} from 'node:crypto'
import {type ZoneName, zoneName} from '../dns/name.js'
import {BodyName} from './body-name.js'
import type {RecognisedCall} from './change.js'
import type {ChangeTurns, Turn} from './change-turns.js'
import type {IntentHandle, Journal} from './journal.js'
import type {Outbox} from './outbox.js'

export interface CallFacts {
  method: string
  /** Without the query. */
  path: string
}

export interface PendingChangeParts {
  journal: Journal
  outbox: Outbox
  turns: ChangeTurns
}

/**
 * A call that changes a zone, on its way:
 *
 *     recognised --begin--> intent on disk --whole, its turn--> PowerDNS may act --concluded--> published, or nothing happened
 *
 * Whatever ends it in between, the intent is there before PowerDNS can act, and goes when nothing can be lost any more.
 */
export class PendingChange {
  readonly #call: RecognisedCall
  readonly #facts: CallFacts
  readonly #parts: PendingChangeParts
  readonly #bodyName: BodyName | undefined
  readonly #abandoned = new AbortController()
  readonly #at = Date.now()
  #zone: ZoneName | undefined
  #intent: Promise<IntentHandle> | undefined
  #turn: Turn | undefined
  #mayHaveHappened = false
  #isConcluded = false

  constructor(call: RecognisedCall, facts: CallFacts, parts: PendingChangeParts) {
    this.#call = call
    this.#facts = facts
    this.#parts = parts
    if (call.zone === 'in-body') this.#bodyName = new BodyName()
    // Where the zone is known already, the disk works while the body is on its way.
    else this.#begin(call.zone)
  }

  /** Undefined as long as it is not known, and where PowerDNS cannot know it either. */
  get zone(): ZoneName | undefined {
    return this.#zone
  }

  /** A piece of the request's body. */
  see(piece: Uint8Array): void {
    this.#bodyName?.push(piece)
  }

  /**
   * Resolves when PowerDNS may get the rest of the request: the intent is on disk, and it is this change's turn; after `withinMs`,
   * where given, in any case.
   * @throws JournalError, UpstreamUnavailableError, or what it was abandoned for: then it must not.
   */
  async beforeLast(withinMs?: number): Promise<void> {
    // PowerDNS can answer before the body's end. Nobody would clear an intent that begins after that.
    if (this.#isConcluded) return
    const zone = this.#bodyName && zoneIn(this.#bodyName)
    if (zone !== undefined) this.#begin(zone)
    // Before the turn: intents of the same moment share a write, and nobody waits for the disk of another.
    await this.#intent
    const turn = await this.#parts.turns.take({withinMs, signal: this.#abandoned.signal})
    if (this.#isConcluded) turn.end()
    else this.#turn = turn
  }

  /** Nobody waits for it any more: while it waits for its turn, it is given up. */
  abandon(reason: unknown): void {
    this.#abandoned.abort(reason)
  }

  /** From now on PowerDNS may act. */
  forwarded(): void {
    this.#mayHaveHappened = true
  }

  /**
   * PowerDNS answered, or (no status) will not any more. Resolves when the change is published, with the event's
   * sequence, or need not be. After an error of PowerDNS's own (5xx), or none at all, part of the change may be there, so it is
   * published.
   */
  async conclude(status?: number): Promise<number | undefined> {
    this.#isConcluded = true
    this.#turn?.end()
    const handle = await this.#intent?.catch(() => undefined) // `beforeLast` has thrown this error.
    if (!handle) return undefined
    const isRefused = status !== undefined && status >= 300 && status < 500
    if (!isRefused && this.#mayHaveHappened) return this.#parts.outbox.deliver(handle)
    handle.clear()
    return undefined
  }

  #begin(zone: ZoneName): void {
    this.#zone = zone
    const {verb} = this.#call
    this.#intent = this.#parts.journal.begin({id: randomUUID(), verb, zone, ...this.#facts, at: this.#at})
    this.#intent.catch(() => {}) // Whoever waits for it gets the error; perhaps nobody does.
  }
}

/** Undefined where PowerDNS refuses the body: no name, or none that is a domain name. */
function zoneIn({name}: BodyName): ZoneName | undefined {
  if (name === undefined) return undefined
  try {
    return zoneName(name)
  } catch {
    return undefined
  }
}
