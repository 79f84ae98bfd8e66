import {isDeepStrictEqual} from 'node:util'
import {sleep} from '../../lib/async/abort.js'
import {isDenied} from '../../lib/broker/errors.js'
import type {PauseRecord, Pauses} from '../../lib/broker/pauses.js'
import type {Syncer} from '../../lib/sync/apply/syncer.js'
import type {Pause} from '../../lib/zone/pause.js'
import {ignoring} from '../broker.js'
import type {Gate} from './gate.js'
import type {SyncerContext} from './parts.js'

export interface PauseParts {
  pauses: Pick<Pauses, 'follow' | 'restore' | 'end'>
  gate: Gate
  syncer: Pick<Syncer, 'hold' | 'release'>
}

const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Does what the broker's record says: while the secondary is paused nothing is applied, whoever wants it. The record outlives
 * this process; a broker that lost it gets it again from whoever obeyed it.
 */
export class PauseFollower {
  readonly #context: SyncerContext
  readonly #parts: PauseParts
  /** What is obeyed, be it already so or on its way. */
  #pause: Pause | undefined
  /** Of its record in the broker. */
  #revision = 0
  #isTroubled = false
  /** When the broker took in what was obeyed last: a replica that lags behind may tell of earlier times. */
  #at = Number.NEGATIVE_INFINITY
  /** What ended by itself, though its record may still be there. */
  #over: Pause | undefined
  /** Aborted when another record takes the place of the one that would end by itself. */
  #superseded = new AbortController()

  constructor(context: SyncerContext, parts: PauseParts) {
    this.#context = context
    this.#parts = parts
    void parts.syncer.hold()
  }

  /** Resolves when aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const {pauses} = this.#parts
    const listener = {
      onMalformed: ignoring(this.#context),
      onTrouble: (error: Error) => this.#inTrouble(error),
      signal,
    }
    await pauses.follow(this.#secondary, listener, (record) => this.#take(record))
    this.#superseded.abort()
  }

  get #secondary(): string {
    return this.#context.config.secondary.name
  }

  #take(record: PauseRecord): void {
    this.#isTroubled = false
    if (record.state === 'absent' && this.#pause) return void this.#restore(this.#pause)
    if (record.state !== 'absent') {
      if (record.at < this.#at) return
      this.#at = record.at
    }
    if (record.state === 'paused') {
      this.#revision = record.revision
      // Its time goes on, or has ended.
      if ([this.#pause, this.#over].some((pause) => isDeepStrictEqual(pause, record.pause))) return
    } else if (!this.#pause && this.#parts.gate.isOpen) {
      // Whoever resumed it waits for its word.
      this.#parts.gate.open()
      return
    }
    this.#superseded.abort()
    this.#superseded = new AbortController()
    if (record.state !== 'paused') return void this.#goOn()
    if (record.leftMs > 0) this.#stop(record.pause)
    else this.#over = record.pause
    void this.#endLater(record.leftMs, this.#superseded.signal)
  }

  #stop(pause: Pause): void {
    const {gate, syncer} = this.#parts
    this.#pause = pause
    gate.close()
    void syncer.hold().then(() => {
      if (this.#pause !== pause) return
      gate.paused(pause)
      this.#context.log.warn(
        {event: 'secondary.paused', ...pause},
        'paused: nothing is applied until it is resumed',
      )
    })
  }

  #goOn(): void {
    const {gate, syncer} = this.#parts
    if (this.#pause)
      this.#context.log.info({event: 'secondary.resumed', ...this.#pause}, 'resumed: all that waited follows')
    this.#over = this.#pause ?? this.#over
    this.#pause = undefined
    syncer.release()
    gate.open()
  }

  async #endLater(leftMs: number, superseded: AbortSignal): Promise<void> {
    const until = performance.now() + leftMs
    for (let left = leftMs; left > 0 && !superseded.aborted; left = until - performance.now())
      await sleep(Math.min(left, LONGEST_TIMER_MS), superseded).catch(() => undefined)
    if (superseded.aborted) return
    this.#goOn()
    // Only for tidiness: the next look at the record would find it over, too.
    await this.#tell('ended', () => this.#parts.pauses.end(this.#secondary, this.#revision))
  }

  /** Where the record may not be read, nobody can have paused it, and waiting would be for ever. */
  #inTrouble(error: Error): void {
    if (!this.#isTroubled)
      this.#context.log.warn({event: 'pause.unknown', error}, 'cannot be asked whether it is paused')
    this.#isTroubled = true
    if (isDenied(error) && !this.#pause) this.#goOn()
  }

  async #restore(pause: Pause): Promise<void> {
    await this.#tell('restored', () => this.#parts.pauses.restore(this.#secondary, pause))
  }

  async #tell(what: string, tell: () => Promise<void>): Promise<void> {
    const {log} = this.#context
    try {
      await tell()
      log.info({event: `pause.${what}`}, 'wrote to the record of the pause')
    } catch (error) {
      log.warn({event: 'pause.not_written', error}, 'the record of the pause was not written')
    }
  }
}
