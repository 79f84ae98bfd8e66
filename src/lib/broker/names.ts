import type {ZoneName} from '../dns/name.js'
import type {ZoneKey} from '../zone/key.js'
import {zoneKey} from '../zone/key.js'

/** Every name that pdist uses in NATS, under one prefix: the only place where they are spelled. */
export class BrokerNames {
  readonly prefix: string
  /** The JetStream domain that has all streams, where it is not that of the server one connects to. */
  readonly domain: string | undefined

  constructor(prefix: string, {domain}: {domain?: string | undefined} = {}) {
    this.prefix = prefix
    this.domain = domain
  }

  /** Where one publishes what a bucket is to keep: between domains NATS lets nothing through on the bucket's own subjects. */
  toBucket(subject: string): string {
    return this.domain === undefined ? subject : `$JS.${this.domain}.API.${subject}`
  }

  get eventStream(): string {
    return `${this.prefix}-events`
  }
  /** The stream that keeps what is only told on core subjects. */
  get historyStream(): string {
    return `${this.prefix}-history`
  }
  get zoneBucket(): string {
    return `${this.prefix}-zones`
  }
  get largeBucket(): string {
    return `${this.prefix}-large`
  }
  get secondaryBucket(): string {
    return `${this.prefix}-secondaries`
  }
  get leaseBucket(): string {
    return `${this.prefix}-leases`
  }
  get controlBucket(): string {
    return `${this.prefix}-control`
  }
  /** The stream behind the zone store's bucket. */
  get zoneStream(): string {
    return `KV_${this.zoneBucket}`
  }
  /** The stream that mirrors the zone store near some of the secondaries. */
  mirrorStream(mirror: string): string {
    return `${this.zoneStream}-${mirror}`
  }
  /** The stream behind the object store. */
  get largeStream(): string {
    return `OBJ_${this.largeBucket}`
  }
  /** Where NATS's object stores keep what they know of one object. */
  largeNote(object: string): string {
    const encoded = Buffer.from(object).toString('base64').replaceAll('+', '-').replaceAll('/', '_')
    return `$O.${this.largeBucket}.M.${encoded}`
  }
  /** The chunks of one object, by the id that its note gives. */
  largeChunks(nuid: string): string {
    return `$O.${this.largeBucket}.C.${nuid}`
  }
  get secondaryStream(): string {
    return `KV_${this.secondaryBucket}`
  }
  get controlStream(): string {
    return `KV_${this.controlBucket}`
  }
  get leaseStream(): string {
    return `KV_${this.leaseBucket}`
  }

  /** The zone-providers' shared durable consumer of the event stream. */
  get providerConsumer(): string {
    return `${this.prefix}-zone-provider`
  }
  /** The durable consumer of the zone store that belongs to one secondary. */
  syncerConsumer(secondary: string): string {
    return `${this.prefix}-syncer-${secondary}`
  }

  event(verb: string, zone: ZoneName | '>'): string {
    return `${this.prefix}.event.${verb}.${keyOrAll(zone)}`
  }
  receipt(secondary: string, zone: ZoneName | '>'): string {
    return `${this.prefix}.receipt.${secondary}.${keyOrAll(zone)}`
  }
  provided(zone: ZoneName | '>'): string {
    return `${this.prefix}.provided.${keyOrAll(zone)}`
  }
  announced(zone: ZoneName | '>'): string {
    return `${this.prefix}.announced.${keyOrAll(zone)}`
  }
  get rollCall(): string {
    return `${this.prefix}.roll-call`
  }
  command(secondary: string): string {
    return `${this.prefix}.command.${secondary}`
  }
  zone(key: ZoneKey | '>'): string {
    return `$KV.${this.zoneBucket}.${key}`
  }
  secondary(name: string): string {
    return `$KV.${this.secondaryBucket}.${name}`
  }
  plan(id: string): string {
    return `$KV.${this.controlBucket}.plan.${id}`
  }
  compared(who: string): string {
    return `$KV.${this.controlBucket}.compared.${who}`
  }
  paused(secondary: string): string {
    return `$KV.${this.controlBucket}.paused.${secondary}`
  }
  lease(name: string): string {
    return `$KV.${this.leaseBucket}.${name}`
  }
}

function keyOrAll(zone: ZoneName | '>'): string {
  return zone === '>' ? '>' : zoneKey(zone)
}
