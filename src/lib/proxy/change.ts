import type {ZoneName} from '../dns/name.js'
import type {EventVerb} from '../zone/event.js'

/** A zone that a call to PowerDNS may have changed. */
export interface ZoneChange {
  /** Unique: a change that is published twice with the same id counts once. */
  id: string
  verb: EventVerb
  zone: ZoneName
  method: string
  /** The path of the call, without its query. */
  path: string
  /** Milliseconds since 1970, when the call came. */
  at: number
}

/** Which zone a call changes. `in-body`: the zone is the `name` of the JSON object in the request's body. */
export interface RecognisedCall {
  verb: EventVerb
  zone: ZoneName | 'in-body'
}

/**
 * The table of calls that change a zone. `target` is path and query as they came, each character one byte.
 * Undefined where the call changes none.
 */
export type RecogniseCall = (method: string, target: string) => RecognisedCall | undefined

/** Where changes are told. */
export interface ChangePublisher {
  /** False while it is known that publishing has to wait. */
  readonly connected: boolean
  /** Resolves with the event's sequence when the change is stored for good. */
  publish(change: ZoneChange, signal: AbortSignal): Promise<number>
}
