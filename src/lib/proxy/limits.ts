/** All times in milliseconds. */
export interface ProxyLimits {
  /** How long the answer to a change waits for its publication. */
  publishWithinMs: number
  /** How long one attempt to publish may take. */
  publishAttemptMs: number
  /** How many answers may be held back at once until their changes are proved. */
  maxWaiting: number
  /** The headers of a request, all together, in bytes. */
  maxHeaderBytes: number
  maxConnections: number
  /** How long a client may take for its TLS handshake, and for its headers. */
  headersTimeoutMs: number
  /** How long a client may take for its whole request. */
  requestTimeoutMs: number
  /** How long a connection may be silent while a request is under way: longer than `answerTimeoutMs`, or that is never reached. */
  idleTimeoutMs: number
  /** How long a connection is kept for the next request. */
  keepAliveTimeoutMs: number
  /** Connections to PowerDNS at the same time; more calls wait. */
  upstreamConnections: number
  connectTimeoutMs: number
  /** How long a client waits for PowerDNS's answer once its request is there in full: a zone of a million records takes it minutes. */
  answerTimeoutMs: number
  /** How long PowerDNS may take for a change before others no longer wait for that. */
  overdueMs: number
  /** How long the end of a body is kept back while PowerDNS makes other changes: it gives up waiting for it after some seconds. */
  heldBodyMs: number
  /** How long an answer that is not yet read in full is held back for proofs: PowerDNS gives up sending after some seconds. */
  unreadAnswerMs: number
  /** How long a change is watched whose client got no answer in time: it is published when PowerDNS has done it. */
  settleTimeoutMs: number
}

export const DEFAULT_LIMITS: Readonly<ProxyLimits> = {
  publishWithinMs: 1_000,
  publishAttemptMs: 5_000,
  maxWaiting: 500,
  maxHeaderBytes: 16 * 1024,
  maxConnections: 1_024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 300_000,
  idleTimeoutMs: 310_000,
  keepAliveTimeoutMs: 72_000,
  upstreamConnections: 64,
  connectTimeoutMs: 3_000,
  answerTimeoutMs: 300_000,
  overdueMs: 10_000,
  heldBodyMs: 3_000,
  unreadAnswerMs: 3_000,
  settleTimeoutMs: 600_000,
}
