import {isAbortOf, sleep} from '../../async/abort.js'
import type {ZoneName} from '../../dns/name.js'
import type {Logger} from '../../logger.js'
import type {SecondaryApi} from '../secondary.js'

/** A query that began before the commit can put its old answer into PowerDNS's cache this long after it. */
const AFTER_MS = 150

export interface SecondFlushOptions {
  api: Pick<SecondaryApi, 'flush'>
  log: Logger
  signal: AbortSignal
}

/** Flushes PowerDNS's caches of a zone once more, a moment after its new version was seen served. */
export class SecondFlush {
  readonly #options: SecondFlushOptions
  readonly #underWay = new Set<Promise<void>>()

  constructor(options: SecondFlushOptions) {
    this.#options = options
  }

  of(zone: ZoneName): void {
    const flush = this.#flush(zone).finally(() => this.#underWay.delete(flush))
    this.#underWay.add(flush)
  }

  /** Resolves when none is under way: at once after the signal is aborted. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  async #flush(zone: ZoneName): Promise<void> {
    const {api, log, signal} = this.#options
    try {
      await sleep(AFTER_MS, signal)
      await api.flush(zone, signal)
    } catch (error) {
      if (isAbortOf(signal, error)) return
      log.warn({event: 'zone.flush_failed', zone, error}, 'caches were not flushed again')
    }
  }
}
