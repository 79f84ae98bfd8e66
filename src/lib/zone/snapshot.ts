import {hash} from 'node:crypto'
import {promisify} from 'node:util'
import {zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync} from 'node:zlib'
import {uint16} from '../dns/wire.js'
import {PdistError} from '../errors.js'
import type {Version} from './version.js'

export class CorruptSnapshotError extends PdistError {
  readonly code = 'PDIST_CORRUPT_SNAPSHOT'
}

/** Up to this many bytes the thread pool's hand-over costs more than the work itself. */
const SYNC_BYTES = 64 * 1024

/** zlib's bounds for the pieces in which it allocates what it puts out. */
const MIN_CHUNK_BYTES = 64
const MAX_CHUNK_BYTES = 1024 * 1024

/** Of the number of answers in a message's header. */
const ANSWERS_OFFSET = 6

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

export interface PackedSnapshot {
  /** The messages, each behind its length in two bytes as on TCP (RFC 1035 §4.2.2), zstd-compressed. */
  packed: Uint8Array
  /** Base64url SHA-256 of the framed messages before compression. */
  digest: string
}

export async function packMessages(messages: readonly Uint8Array[]): Promise<PackedSnapshot> {
  const framed = frame(messages)
  // Told the size, the codec takes tables of that size: for a small zone, clearing its own would be most of the work.
  const pledgedSrcSize = framed.length
  const packed =
    framed.length <= SYNC_BYTES
      ? zstdCompressSync(framed, {pledgedSrcSize, chunkSize: chunkFor(framed.length)})
      : await compress(framed, {pledgedSrcSize})
  return {packed, digest: digestOf(framed)}
}

/** What a snapshot's header has to say for it to be unpacked and checked. */
export type PackedHeader = Pick<Version, 'zone' | 'bytes' | 'messages' | 'records' | 'digest'> &
  Partial<Pick<Version, 'fingerprint'>>

/**
 * The messages of a version, checked against its header: size, number, digest and records. The result shares one buffer.
 * Throws CorruptSnapshotError; never allocates more than the header announces.
 */
export async function unpackMessages(version: PackedHeader, packed: Uint8Array): Promise<Uint8Array[]> {
  const size = version.bytes + 2 * version.messages
  const framed = await inflate(version, packed, size)
  if (framed.length !== size) throw corrupt(version, `has ${framed.length} bytes instead of ${size}`)
  if (digestOf(framed) !== version.digest) throw corrupt(version, 'does not match its digest')
  const messages = unframe(framed)
  if (messages?.length !== version.messages) throw corrupt(version, 'is framed wrongly')
  const records = recordsOf(messages)
  if (records !== version.records)
    throw corrupt(version, `has ${records} records instead of ${version.records}`)
  return messages
}

/** As the messages' headers count them (RFC 1035 §4.1.1), without the closing SOA. */
function recordsOf(messages: readonly Uint8Array[]): number {
  return messages.reduce((sum, message) => sum + uint16(message, ANSWERS_OFFSET), 0) - 1
}

function frame(messages: readonly Uint8Array[]): Buffer {
  const size = messages.reduce((sum, message) => sum + 2 + message.length, 0)
  const framed = Buffer.allocUnsafe(size)
  let offset = 0
  for (const message of messages) {
    framed.writeUInt16BE(message.length, offset)
    framed.set(message, offset + 2)
    offset += 2 + message.length
  }
  return framed
}

function unframe(framed: Buffer): Uint8Array[] | undefined {
  const messages: Uint8Array[] = []
  let offset = 0
  while (offset + 2 <= framed.length) {
    const end = offset + 2 + framed.readUInt16BE(offset)
    if (end > framed.length) return undefined
    messages.push(framed.subarray(offset + 2, end))
    offset = end
  }
  return offset === framed.length ? messages : undefined
}

async function inflate(version: PackedHeader, packed: Uint8Array, size: number): Promise<Buffer> {
  // One spare byte lets a too long snapshot show itself. A zone of 300 bytes shall not keep a piece of 16 KB alive.
  const limit = {
    maxOutputLength: size + 1,
    chunkSize: chunkFor(size + 1),
  }
  try {
    return size <= SYNC_BYTES ? zstdDecompressSync(packed, limit) : await decompress(packed, limit)
  } catch (cause) {
    throw corrupt(version, 'cannot be decompressed', cause)
  }
}

function chunkFor(size: number): number {
  return Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, size))
}

function digestOf(framed: Uint8Array): string {
  return hash('sha256', framed, 'base64url')
}

function corrupt(version: PackedHeader, what: string, cause?: unknown): CorruptSnapshotError {
  return new CorruptSnapshotError(
    `the snapshot of ${version.zone} (serial ${version.fingerprint?.serial ?? 'unknown'}) ${what}`,
    {
      cause,
      hints: [`Run \`pdist zone push ${version.zone}\` to store it anew from the primary`],
    },
  )
}
