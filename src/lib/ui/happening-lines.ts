import type {Happening} from '../zone/happening.js'
import {lasting, moment} from './moment.js'
import {printable} from './printable.js'

/** Events whose time is remembered, so that what follows from one can be told with how long after it came. */
const REMEMBERED = 10_000

/** Tells what happens, a line each: when, what, the zone, and by whom or how long after its event. */
export class HappeningLines {
  readonly #events = new Map<number, number>()

  line(happening: Happening): string {
    const [what, zone, details] = this.#words(happening)
    return printable(`${moment(happening.time)}  ${what.padEnd(13)}  ${zone}  ${details}`).trimEnd()
  }

  #words(happening: Happening): [what: string, zone: string, details: string] {
    switch (happening.kind) {
      case 'event': {
        const {event, sequence, time} = happening
        this.#remember(sequence, time)
        return [event.verb, event.zone, [`#${sequence}`, event.source, event.call].filter(Boolean).join('  ')]
      }
      case 'provision': {
        const {provision, time} = happening
        const {outcome, zone} = provision
        const after = this.#after(provision.event, time)
        if (outcome === 'failed')
          return ['not stored', zone, `${after}  ${provision.error.code}: ${provision.error.message}`]
        if (outcome === 'absent')
          return ['unknown', zone, `${after}  neither the primary nor the store has it`]
        const what = outcome === 'tombstone' ? 'gone' : outcome
        return [what, zone, `${after}  revision ${provision.revision}`]
      }
      case 'receipt': {
        const {receipt, time} = happening
        const {outcome, zone, secondary} = receipt
        const after = this.#after(receipt.event, time)
        if (outcome === 'failed')
          return [
            'not served',
            zone,
            `${secondary}  ${after}  ${receipt.error.code}: ${receipt.error.message}`,
          ]
        const serial = outcome === 'served' ? `  serial ${receipt.serial}` : ''
        return [outcome, zone, `${secondary}  ${after}${serial}`]
      }
    }
  }

  #remember(sequence: number, time: number): void {
    this.#events.set(sequence, time)
    if (this.#events.size <= REMEMBERED) return
    for (const oldest of this.#events.keys()) {
      this.#events.delete(oldest)
      return
    }
  }

  #after(sequence: number, time: number): string {
    const since = this.#events.get(sequence)
    const event = sequence > 0 ? `#${sequence}` : 'no event'
    return since === undefined ? event : `${event} +${lasting(Math.max(0, time - since))}`
  }
}
