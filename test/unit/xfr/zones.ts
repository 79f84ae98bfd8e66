import {createSocket, type Socket as UdpSocket} from 'node:dgram'
import {connect, type Socket} from 'node:net'
import {framed, MessageSplitter} from '../../../src/lib/dns/framing.js'
import {type ZoneName, zoneName} from '../../../src/lib/dns/name.js'
import type {SoaAnswer} from '../../../src/lib/dns/soa.js'
import {soaAnswerOf} from '../../../src/lib/dns/soa.js'
import {TransferServer, type TransferServerOptions} from '../../../src/lib/xfr/axfr-server.js'
import type {ServerAddress} from '../../../src/lib/xfr/errors.js'
import type {
  QueryKind,
  QueryOutcome,
  StoredTransfer,
  TransferObserver,
  ZoneSource,
} from '../../../src/lib/xfr/zone-source.js'
import {a, message, rrsig, soa, ZONE} from '../dns/messages.js'

export {ZONE}
export const UNKNOWN = zoneName('unknown.test')
export const ABSENT = zoneName('absent.test')
export const limits = {bytes: 10 ** 9, records: 10 ** 7, idleMs: 5000, totalMs: 10_000}
export const never = new AbortController().signal

/** The messages of a zone with `hosts` A records and a signed SOA, a hundred records in each, as PowerDNS does it. */
export function zoneMessages(hosts: number): Uint8Array[] {
  const messages = [message([soa(), rrsig()])]
  for (let i = 0; i < hosts; i += 100) {
    messages.push(message(Array.from({length: Math.min(100, hosts - i)}, (_, n) => a(`host${i + n}`, n))))
  }
  return [...messages, message([soa()])]
}

/** One zone that is there and one that is not at hand; everything else is unknown. Remembers what it was told. */
export class OneZone implements ZoneSource {
  readonly told: string[] = []
  messages: readonly Uint8Array[] = zoneMessages(3)

  soa(zone: ZoneName, _signal?: AbortSignal): SoaAnswer | 'unknown' | 'not-at-hand' | Promise<SoaAnswer> {
    if (zone === ABSENT) return 'not-at-hand'
    return zone === ZONE ? soaAnswerOf(ZONE, this.messages, 1) : 'unknown'
  }

  transfer(zone: ZoneName): StoredTransfer | 'unknown' | 'not-at-hand' {
    if (zone === ABSENT) return 'not-at-hand'
    return zone === ZONE ? {messages: this.messages, tag: 'v1'} : 'unknown'
  }

  started(zone: ZoneName, tag: unknown): void {
    this.told.push(`started ${zone} ${tag}`)
  }

  sent(zone: ZoneName, tag: unknown): void {
    this.told.push(`sent ${zone} ${tag}`)
  }
}

export class Notes implements TransferObserver {
  readonly queries: string[] = []
  readonly malformed: string[] = []
  readonly rejected: string[] = []
  readonly errors: unknown[] = []

  onQuery(kind: QueryKind, outcome: QueryOutcome): void {
    this.queries.push(`${kind} ${outcome}`)
  }
  onMalformed(reason: string, peer: string): void {
    this.malformed.push(`${reason} from ${peer.replace(/:\d+$/, '')}`)
  }
  onRejected(reason: string): void {
    this.rejected.push(reason)
  }
  onError(error: unknown): void {
    this.errors.push(error)
  }
}

export interface Running extends AsyncDisposable {
  server: TransferServer
  address: ServerAddress
  source: OneZone
  notes: Notes
}

export async function running(
  options: Partial<TransferServerOptions> & {source?: OneZone} = {},
): Promise<Running> {
  const source = options.source ?? new OneZone()
  const notes = new Notes()
  const server = new TransferServer({
    listen: [{host: '127.0.0.1', port: 0}],
    allow: ['127.0.0.0/8', '::1'],
    observer: notes,
    ...options,
    source,
  })
  await server.start()
  const [address] = server.addresses
  if (!address) throw new Error('the server has no address')
  return {server, address, source, notes, [Symbol.asyncDispose]: () => server.close({graceMs: 100})}
}

/** Sends raw bytes on a TCP connection; collects what comes back as messages, and waits for the end. */
export class RawClient implements Disposable {
  readonly socket: Socket
  readonly messages: Uint8Array[] = []
  readonly closed: Promise<void>

  constructor(address: ServerAddress) {
    this.socket = connect(address)
    const splitter = new MessageSplitter(65_535)
    this.socket.on('data', (chunk) => this.messages.push(...splitter.push(chunk)))
    // A reset is one way to be turned away; what counts is that the connection is over.
    this.socket.on('error', () => this.socket.destroy())
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()))
  }

  ask(query: Uint8Array): void {
    this.socket.write(framed(query))
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}

export async function udpSocket(port = 0): Promise<UdpSocket> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, '127.0.0.1', () => {
      socket.off('error', reject)
      resolve()
    })
  })
  return socket
}
