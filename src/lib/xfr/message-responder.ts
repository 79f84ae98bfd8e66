import type {TsigSigner} from '../dns/tsig-sign.js'

export interface Client {
  transport: 'udp' | 'tcp'
  /** `address:port` */
  peer: string
  /** Aborted when the client has gone or the server closes. */
  signal: AbortSignal
}

/** Messages to send one after the other, on TCP. */
export interface StreamReply {
  is: 'stream'
  /** At least one, without TSIG; their IDs do not matter. */
  messages: readonly Uint8Array[]
  id: number
  signer: TsigSigner | undefined
  /** The first is about to be sent. */
  onStart?(): void
  /** The kernel has taken the last byte. */
  onSent?(): void
  /** The client went away, or was too slow. */
  onBroken?(): void
}

/** `silence`: there is nothing to answer, and on TCP nothing more to expect. */
export type Reply = {is: 'message'; bytes: Uint8Array} | StreamReply | {is: 'silence'}

/** Decides what is answered to whatever bytes came. */
export interface MessageResponder {
  /** A promise only where it has to wait. Never throws, never rejects; on UDP no stream. */
  respond(message: Uint8Array, client: Client): Reply | Promise<Reply>
}

/** Whoever counts and logs. `peer` is `address:port`. */
export interface ServerObserver {
  onMalformed?(reason: string, peer: string): void
  /** Turned away before anything was read: not on the allow-list, or too many at once. */
  onRejected?(reason: 'address' | 'connections' | 'queries', peer: string): void
  /** A fault on our side, for example of the source. */
  onError?(error: unknown): void
}

export interface ServerLimits {
  /** TCP connections at once. */
  connections: number
  /** Queries on one TCP connection. */
  queriesPerConnection: number
  /** Of one query, in bytes. */
  queryBytes: number
  /** UDP queries at once that wait for the source. */
  udpQueries: number
  /** For one query to arrive whole, and for a client to take what is sent to it. */
  idleMs: number
  /** For a TCP connection as a whole. */
  totalMs: number
  /** For the source to say what the SOA is. */
  soaWaitMs: number
}

export const DEFAULT_LIMITS: ServerLimits = {
  connections: 100,
  queriesPerConnection: 100,
  queryBytes: 4096,
  udpQueries: 1000,
  idleMs: 10_000,
  totalMs: 600_000,
  soaWaitMs: 2000,
}
