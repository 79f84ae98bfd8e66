import type {ZoneChange} from './change.js'
import type {WaitOutcome} from './wait.js'

/** One call and what became of it. Neither headers nor query are here: both can hold the API key. */
export interface AnsweredCall {
  method: string
  path: string
  status: number
  /** Milliseconds from the request's headers to the answer's. */
  ms: number
}

/** Told of what happens, for logs and counters. Must not throw. */
export interface ProxyObserver {
  answered(call: AnsweredCall): void
  /** An answer was held back until its change was proved, or for some other end. */
  waited(call: Pick<AnsweredCall, 'method' | 'path'>, outcome: WaitOutcome): void
  /** The client went away before its answer. */
  abandoned(call: Omit<AnsweredCall, 'status'>): void
  published(change: ZoneChange): void
  /** It will be tried again. */
  publishFailed(change: ZoneChange, error: unknown): void
  /** PowerDNS could not be reached, ended the connection or took too long. */
  upstreamFailed(call: Pick<AnsweredCall, 'method' | 'path'>, error: unknown): void
  /** Bytes that are no HTTP, or a client that was too slow. */
  malformed(error: Error): void
  /** A connection from an address that is not in `allowFrom`; it was closed before TLS. */
  turnedAway(address: string): void
  warning(message: string): void
}
