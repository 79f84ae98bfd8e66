import {isAbortOf, sleep} from '../../async/abort.js'
import type {Needed} from '../../zone/outage.js'
import {PowerDnsSilentError} from '../errors.js'
import {Outages, type OutagesOptions} from './outages.js'

export interface PowerDnsWatchOptions extends OutagesOptions {
  /** The time between two looks while all is well, in milliseconds. */
  everyMs: number
  /** A query that PowerDNS would answer; rejects where it does not. */
  query(signal: AbortSignal): Promise<unknown>
  /** A call that its API would answer; rejects where it does not. */
  call(signal: AbortSignal): Promise<unknown>
}

/** The sooner the end is seen, the sooner all that failed meanwhile is tried again. */
const WHILE_OUT_MS = 1_000

/**
 * Asks a secondary's PowerDNS again and again whether it is there at all: where no zone changes nobody else would notice that it
 * died.
 */
export class PowerDnsWatch {
  readonly outages: Outages
  readonly #options: PowerDnsWatchOptions
  #asking: Promise<void> | undefined

  constructor(options: PowerDnsWatchOptions) {
    this.#options = options
    this.outages = new Outages(options)
  }

  /** Whether it gives no answer to queries, or to calls. */
  get isSilent(): boolean {
    return this.outages.has('DNS') || this.outages.has('API')
  }

  /** Resolves when aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const {everyMs} = this.#options
    try {
      for (;;) {
        await this.ask(signal)
        await sleep(this.isSilent ? Math.min(WHILE_OUT_MS, everyMs) : everyMs, signal)
      }
    } catch (error) {
      if (!isAbortOf(signal, error)) throw error
    }
  }

  /** Notes what is out at this moment. Rejects with the signal's reason. */
  ask(signal: AbortSignal): Promise<void> {
    // One at a time: an old answer that comes late would be taken for a new one.
    this.#asking ??= this.#ask(signal).finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const {query, call} = this.#options
    await Promise.all([this.#try('DNS', signal, query), this.#try('API', signal, call)])
  }

  /** Rejects with PowerDnsSilentError where there is no answer at this moment: what was proved before proves nothing any more. */
  async insist(signal: AbortSignal): Promise<void> {
    // While it is silent its end is seen soon, and nobody shall wait for an API that hangs.
    if (!this.isSilent) await this.ask(signal)
    const [outage] = this.outages.all
    if (outage && this.isSilent) throw new PowerDnsSilentError(outage)
  }

  async #try(of: Needed, signal: AbortSignal, ask: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    try {
      await ask(signal)
      this.outages.works(of)
    } catch (error) {
      if (isAbortOf(signal, error)) throw error
      this.outages.failed(of, error)
    }
  }
}
