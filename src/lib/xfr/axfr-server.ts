import {type Clock, systemClock} from '../dns/tsig-hmac.js'
import type {TsigKey} from '../dns/tsig-record.js'
import type {ServerAddress} from './errors.js'
import {DEFAULT_LIMITS, type ServerLimits} from './message-responder.js'
import {MessageServer} from './message-server.js'
import {Responder} from './responder.js'
import type {TransferObserver, ZoneSource} from './zone-source.js'

export interface TransferServerOptions {
  source: ZoneSource
  /** IP addresses; TCP and UDP on the same port each. Port 0 takes a free one. */
  listen: readonly ServerAddress[]
  /** Addresses and networks of clients; nobody else is answered. */
  allow: readonly string[]
  /** Where there are any, every query must be signed by one of them. */
  keys?: readonly TsigKey[]
  limits?: Partial<ServerLimits>
  observer?: TransferObserver
  clock?: Clock
}

/** Serves stored transfers to PowerDNS secondaries: AXFR over TCP, SOA over TCP and UDP. */
export class TransferServer extends MessageServer {
  /** @throws InvalidAddressError for an entry of `allow` */
  constructor(options: TransferServerOptions) {
    const {source, listen, allow, keys = [], limits = {}, observer = {}, clock = systemClock} = options
    const {soaWaitMs} = {...DEFAULT_LIMITS, ...limits}
    const responder = new Responder({source, keys, observer, clock, soaWaitMs})
    super({responder, listen, allow, limits, observer})
  }
}
