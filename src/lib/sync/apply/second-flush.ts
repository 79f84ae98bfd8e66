import {isAbortOf, sleep} from '../../async/abort.js'
import type {ZoneName} from '../../dns/name.js'
import type {Logger} from '../../logger.js'
import type {SecondaryApi} from '../secondary.js'

/** A query that began before the commit can put its old answer into PowerDNS's cache this long after it. */
const AFTER_MS = 150
/** Each call costs PowerDNS a connection to its database. From so many zones on that are due together, one call empties all caches. */
const MANY = 5
const ROOT = '.' as ZoneName

export interface SecondFlushOptions {
  api: Pick<SecondaryApi, 'flush'>
  log: Logger
  signal: AbortSignal
}

/** Flushes PowerDNS's caches of a zone once more, a moment after its new version was seen served. */
export class SecondFlush {
  readonly #options: SecondFlushOptions
  readonly #underWay = new Set<Promise<void>>()
  /** New zones whose flush is due together. */
  #together: ZoneName[] = []

  constructor(options: SecondFlushOptions) {
    this.#options = options
  }

  of(zone: ZoneName): void {
    this.#begin(() => this.#flush(zone))
  }

  /** Of a zone that was not there before: all there can be of it are answers to those who asked too early. Many come at once. */
  ofNew(zone: ZoneName): void {
    this.#together.push(zone)
    if (this.#together.length > 1) return
    this.#begin(async () => {
      const zones = this.#together
      this.#together = []
      if (zones.length >= MANY) await this.#flush(ROOT)
      else await Promise.all(zones.map((each) => this.#flush(each)))
    })
  }

  /** Resolves when none is under way: at once after the signal is aborted. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  #begin(flush: () => Promise<void>): void {
    const later = this.#later(flush).finally(() => this.#underWay.delete(later))
    this.#underWay.add(later)
  }

  async #later(flush: () => Promise<void>): Promise<void> {
    const {signal} = this.#options
    await sleep(AFTER_MS, signal).catch(() => undefined)
    if (!signal.aborted) await flush()
  }

  async #flush(zone: ZoneName): Promise<void> {
    const {api, log, signal} = this.#options
    try {
      await api.flush(zone, signal)
    } catch (error) {
      if (isAbortOf(signal, error)) return
      log.warn({event: 'zone.flush_failed', zone, error}, 'caches were not flushed again')
    }
  }
}
