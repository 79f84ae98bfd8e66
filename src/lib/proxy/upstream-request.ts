/** One call on its way to PowerDNS. */
export interface UpstreamRequest {
  method: string
  /** Path and query as they came. */
  target: string
  /** name, value, name, value, … */
  headers: string[]
  /** Whole, or in pieces, which are asked for when there is a connection. */
  body: AsyncIterable<Uint8Array> | Uint8Array | null
  /** From the request's last byte to the answer's headers, in milliseconds. */
  answerTimeoutMs: number
  /** Called when a connection is there and the request is about to be written to it. */
  onStart?(): void
  /** Gives the request up: the connection is closed. */
  signal: AbortSignal
}
