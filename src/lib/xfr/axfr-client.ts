import {randomInt} from 'node:crypto'
import {connect, type Socket} from 'node:net'
import {withTimeout} from '../async/abort.js'
import {framed, MessageSplitter} from '../dns/framing.js'
import type {ZoneName} from '../dns/name.js'
import {encodeQuery} from '../dns/query.js'
import {type Transfer, TransferAssembler, type TransferLimits} from '../dns/transfer.js'
import type {TsigKey} from '../dns/tsig-record.js'
import {signQuery} from '../dns/tsig-sign.js'
import {TsigVerifier} from '../dns/tsig-verify.js'
import {MAX_MESSAGE_BYTES, Type} from '../dns/wire.js'
import {PdistError} from '../errors.js'
import {formatAddress, PrimaryUnreachableError, type ServerAddress, TransferTimeoutError} from './errors.js'

export interface FetchZoneOptions {
  server: ServerAddress
  zone: ZoneName
  /** Signs the query and demands a signed answer. */
  tsig?: TsigKey
  limits: TransferLimits & {
    /** No connection, or not a byte on it, for so long. */
    idleMs: number
    /** The same until the second message is there: PowerDNS sends the SOA, and then collects the whole zone before the rest. */
    startMs?: number
    totalMs: number
  }
  signal: AbortSignal
}

/**
 * Transfers a zone by AXFR over TCP (RFC 5936), on a connection of its own.
 * @throws PdistError `PDIST_TRANSFER_…` or `PDIST_PRIMARY_UNREACHABLE`; the signal's reason when it is aborted.
 */
export async function fetchZone(options: FetchZoneOptions): Promise<Transfer> {
  const {server, zone, limits, signal} = options
  signal.throwIfAborted()
  try {
    return await withTimeout(limits.totalMs, signal, (bounded) => transfer(options, bounded))
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof PdistError) throw error
    if (error instanceof DOMException && error.name === 'TimeoutError') {
      throw timeout(zone, server, `took longer than ${limits.totalMs} ms`)
    }
    if (error instanceof Error) throw new PrimaryUnreachableError(server, error)
    throw error
  }
}

async function transfer(
  {server, zone, tsig, limits}: FetchZoneOptions,
  signal: AbortSignal,
): Promise<Transfer> {
  const id = randomInt(0x10000)
  const query = encodeQuery({id, name: zone, type: Type.AXFR})
  const signed = tsig && {key: tsig, ...signQuery(query, tsig)}
  const assembler = new TransferAssembler({
    zone,
    id,
    limits,
    ...(signed ? {tsig: new TsigVerifier(signed.key, signed.mac)} : {}),
  })
  const socket = connect({...server, noDelay: true})
  const abort = () => socket.destroy(signal.reason)
  signal.addEventListener('abort', abort, {once: true})
  socket.on('timeout', () =>
    socket.destroy(timeout(zone, server, `stood still for ${socket.timeout ?? 0} ms`)),
  )
  socket.setTimeout(limits.idleMs)
  socket.once('connect', () => socket.setTimeout(limits.startMs ?? limits.idleMs))
  try {
    socket.write(framed(signed?.message ?? query))
    await receive(socket, assembler, limits.idleMs)
    return assembler.finish()
  } finally {
    signal.removeEventListener('abort', abort)
    socket.destroy()
  }
}

/** Resolves when the transfer is complete, or the primary ends it. By events: an iterator that is left early makes an error of that. */
function receive(socket: Socket, assembler: TransferAssembler, idleMs: number): Promise<void> {
  const {promise, resolve, reject} = Promise.withResolvers<void>()
  const splitter = new MessageSplitter(MAX_MESSAGE_BYTES)
  let messages = 0
  const take = (chunk: Uint8Array) => {
    let complete = false
    // What is behind the closing SOA in this chunk is pushed too, and found to be wrong.
    for (const message of splitter.push(chunk)) {
      complete = assembler.push(message)
      messages += 1
    }
    if (complete) resolve()
    else if (messages > 1) socket.setTimeout(idleMs)
  }
  socket.on('data', (chunk) => {
    try {
      take(chunk)
    } catch (error) {
      socket.destroy()
      reject(error)
    }
  })
  socket.on('error', reject)
  socket.on('end', resolve)
  socket.on('close', resolve)
  return promise
}

function timeout(zone: ZoneName, server: ServerAddress, what: string): TransferTimeoutError {
  return new TransferTimeoutError(`The transfer of ${zone} from ${formatAddress(server)} ${what}`, {
    hints: [
      'Check the load of the primary and of the network',
      'Raise the limits of time if the zone is large',
    ],
  })
}
