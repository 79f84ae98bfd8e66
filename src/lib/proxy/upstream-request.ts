/** One call on its way to PowerDNS. */
export interface UpstreamRequest {
  method: string
  /** Path and query as they came. */
  target: string
  /** name, value, name, value, … */
  headers: string[]
  /** In pieces; or whole, which is asked for when there is a connection, and nothing is sent before it is there. */
  body: AsyncIterable<Uint8Array> | (() => Promise<Uint8Array>) | null
  /** From the request's last byte to the answer's headers, in milliseconds. */
  answerTimeoutMs: number
  /** Called when a connection is there and the request is about to be written to it. */
  onStart?(): void
  /** Gives the request up: the connection is closed. */
  signal: AbortSignal
}
