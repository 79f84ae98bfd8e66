import {headers, type MsgHdrs} from 'nats'
import type {Broker} from '../../src/lib/broker/connection.js'
import {zoneName} from '../../src/lib/dns/name.js'
import {zoneKey} from '../../src/lib/zone/key.js'
import {decodeState, type ZoneState} from '../../src/lib/zone/version.js'

/** A zone's message in the store, as it was at a time. */
export interface StoredMessage {
  /** The header's fields. */
  header: Record<string, unknown>
  body: Uint8Array
}

const HEADER = 'Pdist-Zone'

/** Does with the zone store what only somebody who has the broker can do. */
export class StoreAttacker {
  readonly #broker: Broker

  constructor(broker: Broker) {
    this.#broker = broker
  }

  async read(zone: string): Promise<StoredMessage> {
    const {jsm, names} = this.#broker
    const subject = names.zone(zoneKey(zoneName(zone)))
    const message = await jsm.direct.getMessage(names.zoneStream, {last_by_subj: subject})
    const text = message?.header.get(HEADER)
    if (!message || !text) throw new Error(`the store has nothing of ${zone}`)
    return {header: JSON.parse(text) as Record<string, unknown>, body: message.data}
  }

  async state(zone: string): Promise<ZoneState> {
    const {header} = await this.read(zone)
    return decodeState(zoneKey(zoneName(zone)), JSON.stringify(header))
  }

  /** Puts something in a zone's place, whatever is there. */
  async put(zone: string, {header, body}: StoredMessage): Promise<void> {
    const {js, names} = this.#broker
    const all: MsgHdrs = headers()
    all.set(HEADER, JSON.stringify(header))
    if (header.kind === 'tombstone') all.set('KV-Operation', 'DEL')
    await js.publish(names.zone(zoneKey(zoneName(zone))), body, {headers: all})
  }

  /** Makes the store forget a zone. */
  async erase(zone: string): Promise<void> {
    const {jsm, names} = this.#broker
    await jsm.streams.purge(names.zoneStream, {filter: names.zone(zoneKey(zoneName(zone)))})
  }
}
