import type {Reports} from '../../lib/broker/reports.js'
import type {ZoneName} from '../../lib/dns/name.js'
import type {Provision, Receipt} from '../../lib/zone/report.js'

/** Somebody who wants to hear what is told about one zone. */
export interface ZoneListener {
  heard(receipt: Receipt): void
  provided(provision: Provision): void
}

type ReportsToWatch = Pick<Reports, 'watchReceipts' | 'watchProvisions'>

interface Heard {
  listeners: Set<ZoneListener>
  /** Empty while there was no broker yet. */
  stop: Array<() => void>
}

/**
 * What is told about single zones, subscribed to as long as somebody listens, once for each zone. What is published after
 * `listen` over the same connection is told later than the server knows of the subscription, so no answer to it is missed.
 */
export class ZoneReports {
  readonly #onMalformed: (error: Error) => void
  readonly #zones = new Map<ZoneName, Heard>()
  #reports: ReportsToWatch | undefined

  constructor(onMalformed: (error: Error) => void) {
    this.#onMalformed = onMalformed
  }

  /** From now on there is a broker. Before, nothing could be published that would be answered. */
  attach(reports: ReportsToWatch): void {
    this.#reports = reports
    for (const [zone, heard] of this.#zones) heard.stop = this.#subscribe(zone, heard.listeners)
  }

  /** The result ends it, and may be called again. */
  listen(zone: ZoneName, listener: ZoneListener): () => void {
    const heard = this.#zones.get(zone) ?? this.#open(zone)
    heard.listeners.add(listener)
    return () => {
      if (!heard.listeners.delete(listener) || heard.listeners.size > 0) return
      this.#zones.delete(zone)
      for (const stop of heard.stop) stop()
    }
  }

  #open(zone: ZoneName): Heard {
    const listeners = new Set<ZoneListener>()
    const heard: Heard = {listeners, stop: this.#subscribe(zone, listeners)}
    this.#zones.set(zone, heard)
    return heard
  }

  #subscribe(zone: ZoneName, listeners: ReadonlySet<ZoneListener>): Array<() => void> {
    const reports = this.#reports
    if (!reports) return []
    const onMalformed = this.#onMalformed
    return [
      reports.watchReceipts(zone, {on: (receipt) => each(listeners, (l) => l.heard(receipt)), onMalformed}),
      reports.watchProvisions(zone, {on: (told) => each(listeners, (l) => l.provided(told)), onMalformed}),
    ]
  }
}

/** Who has heard enough listens no longer. */
function each<T>(listeners: ReadonlySet<T>, tell: (listener: T) => void): void {
  for (const listener of [...listeners]) tell(listener)
}
