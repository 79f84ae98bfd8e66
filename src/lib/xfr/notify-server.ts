import type {ZoneName} from '../dns/name.js'
import {type Clock, systemClock} from '../dns/tsig-hmac.js'
import type {TsigKey} from '../dns/tsig-record.js'
import type {ServerAddress} from './errors.js'
import type {ServerLimits} from './message-responder.js'
import {MessageServer} from './message-server.js'
import {type NotifyObserver, NotifyResponder} from './notify-responder.js'

export interface NotifyServerOptions {
  /** A NOTIFY that may be trusted came for this zone. It must not throw, and must not take long. */
  taken(zone: ZoneName): void
  /** IP addresses; TCP and UDP on the same port each. Port 0 takes a free one. */
  listen: readonly ServerAddress[]
  /** Addresses and networks of primaries; nobody else is answered. */
  allow: readonly string[]
  /** With which a signed NOTIFY may be signed. */
  keys?: readonly TsigKey[]
  /** Whether an unsigned one is refused. */
  signedOnly?: boolean
  limits?: Partial<ServerLimits>
  observer?: NotifyObserver
  clock?: Clock
}

/** Takes the primary's NOTIFYs, over UDP and TCP. */
export class NotifyServer extends MessageServer {
  /** @throws InvalidAddressError for an entry of `allow` */
  constructor(options: NotifyServerOptions) {
    const {taken, listen, allow, keys = [], signedOnly = false, limits = {}} = options
    const {observer = {}, clock = systemClock} = options
    const responder = new NotifyResponder({taken, keys, signedOnly, observer, clock})
    super({responder, listen, allow, limits, observer})
  }
}
