import type {IncomingMessage} from 'node:http'
import {ClientGoneError} from './errors.js'

/** RFC 9112 §6.3: a request without either of the two has no body. */
export function hasBody({headers}: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return true
  return Number(headers['content-length'] ?? 0) > 0
}

/** Up to this many bytes a body is collected, which costs less than passing its pieces on. */
const SMALL_BYTES = 32 * 1024

/** A body that says that it is small. */
export function hasSmallBody({headers}: IncomingMessage): boolean {
  const length = Number(headers['content-length'] ?? 0)
  return headers['transfer-encoding'] === undefined && length > 0 && length <= SMALL_BYTES
}

/**
 * The whole body.
 * @throws ClientGoneError
 */
export function wholeBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    const gone = (cause?: Error) => reject(clientGone(cause))
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.once('error', gone)
    request.once('close', gone)
    request.once('end', () => {
      request.off('close', gone)
      resolve(pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces))
    })
  })
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
    throw clientGone(cause)
  }
}

function clientGone(cause: unknown): ClientGoneError {
  return new ClientGoneError('the client went away in the middle of its request', {cause})
}
