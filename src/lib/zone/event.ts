import type {ZoneName} from '../dns/name.js'

/** What an event says of a zone. None of them carries data: the receiver looks at the zone itself. */
export const EVENT_VERBS = ['added', 'modified', 'deleted', 'refresh'] as const
export type EventVerb = (typeof EVENT_VERBS)[number]

/** The sources of events by which an operator says that whatever is found is meant. */
export const ACCEPTED_PUSH = 'zone push --accept-loss'
export const IMPORTED = 'zone import'
export const APPROVED_PLAN = 'plan'

/** The source of a look at a zone whose state a secondary refused: no event of the broker has it. */
export const REFUSED = 'refusal'

/** Something may have changed in a zone. */
export interface ZoneEvent {
  verb: EventVerb
  zone: ZoneName
  /** Unique; an event that is published twice with the same id counts once. */
  id: string
  /** Who says so, e.g. `api-proxy` or `zone push`. */
  source: string
  /** The API call behind it, e.g. `PATCH /api/v1/servers/localhost/zones/example.com.` */
  call?: string
  /** Milliseconds since 1970 by the publisher's clock. */
  at: number
}
