import type {IncomingMessage} from 'node:http'
import {ClientGoneError} from './errors.js'

/** RFC 9112 §6.3: a request without either of the two has no body. */
export function hasBody({headers}: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return true
  return Number(headers['content-length'] ?? 0) > 0
}

/**
 * The body as it comes, but its last piece only when the client has sent everything and `beforeLast` resolved. PowerDNS acts
 * on a whole request only, so until then it does nothing.
 * @throws ClientGoneError, or what `beforeLast` threw: the request then never becomes whole.
 */
export async function* heldBack(
  request: IncomingMessage,
  see: (piece: Buffer) => void,
  beforeLast: () => Promise<void>,
): AsyncGenerator<Buffer> {
  let held: Buffer | undefined
  for await (const piece of piecesOf(request)) {
    see(piece)
    if (held) yield held
    held = piece
  }
  await beforeLast()
  if (held) yield held
}

async function* piecesOf(request: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    // The client is still to get an answer when PowerDNS does not take the whole body.
    for await (const piece of request.iterator({destroyOnReturn: false})) yield piece
  } catch (cause) {
    throw new ClientGoneError('the client went away in the middle of its request', {cause})
  }
}
