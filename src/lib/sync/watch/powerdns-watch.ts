import {isAbortOf, sleep} from '../../async/abort.js'
import {reportOf} from '../../errors.js'
import {isPowerDnsSilent, type Needed} from '../../zone/outage.js'
import {PowerDnsSilentError} from '../errors.js'
import {Outages, type OutagesOptions} from './outages.js'

type Ask = (signal: AbortSignal) => Promise<unknown>

export interface PowerDnsWatchOptions extends OutagesOptions {
  /** The time between two looks while all is well, in milliseconds. */
  everyMs: number
  /** A query that PowerDNS would answer; rejects where it does not. */
  query: Ask
  /** A call that its API would answer; rejects where it does not. */
  call: Ask
}

/** The sooner the end is seen, the sooner all that failed meanwhile is tried again. */
const IN_DOUBT_MS = 1_000

/**
 * Asks a secondary's PowerDNS again and again whether it is there at all: where no zone changes nobody else would notice that it
 * died.
 */
export class PowerDnsWatch {
  readonly outages: Outages
  readonly #options: PowerDnsWatchOptions

  constructor(options: PowerDnsWatchOptions) {
    this.#options = options
    this.outages = new Outages(options)
  }

  /** Whether it gives no answer to queries, or to calls. */
  get isSilent(): boolean {
    return isPowerDnsSilent(this.outages.all)
  }

  /** Resolves when aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const {query, call} = this.#options
    try {
      // Each for itself: an API that hangs shall not hold up the other.
      await Promise.all([this.#keepAsking('DNS', signal, query), this.#keepAsking('API', signal, call)])
    } catch (error) {
      if (!isAbortOf(signal, error)) throw error
    }
  }

  async #keepAsking(of: Needed, signal: AbortSignal, ask: Ask): Promise<never> {
    const {everyMs} = this.#options
    for (;;) {
      await this.#try(of, signal, ask)
      await sleep(this.outages.isDoubtful(of) ? Math.min(IN_DOUBT_MS, everyMs) : everyMs, signal)
    }
  }

  /**
   * Rejects with PowerDnsSilentError where queries have no answer at this moment, or were, like calls, not answered lately: what was
   * proved before proves nothing any more. Waits for no call.
   */
  async insist(signal: AbortSignal): Promise<void> {
    const [outage] = this.outages.all
    if (outage && this.isSilent) throw new PowerDnsSilentError(outage)
    const {query, now} = this.#options
    try {
      await query(signal)
    } catch (error) {
      if (isAbortOf(signal, error)) throw error
      throw new PowerDnsSilentError({of: 'DNS', since: now(), ...reportOf(error)})
    }
  }

  async #try(of: Needed, signal: AbortSignal, ask: Ask): Promise<void> {
    try {
      await ask(signal)
      this.outages.works(of)
    } catch (error) {
      if (isAbortOf(signal, error)) throw error
      this.outages.failed(of, error)
    }
  }
}
