import type {ZoneEvent} from './event.js'
import type {Provision, Receipt} from './report.js'

/** One thing that the broker was told about a zone. `time` is milliseconds since 1970, always by the broker's one clock. */
export type Happening =
  | {kind: 'event'; time: number; sequence: number; event: ZoneEvent}
  | {kind: 'provision'; time: number; provision: Provision}
  | {kind: 'receipt'; time: number; receipt: Receipt}

export function zoneOf(happening: Happening) {
  switch (happening.kind) {
    case 'event':
      return happening.event.zone
    case 'provision':
      return happening.provision.zone
    case 'receipt':
      return happening.receipt.zone
  }
}
