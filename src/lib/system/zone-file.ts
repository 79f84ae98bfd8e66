import {createReadStream, readFileSync, statSync} from 'node:fs'
import {dirname, resolve} from 'node:path'
import type {Readable} from 'node:stream'
import {withTimeout} from '../async/abort.js'
import {cooperate} from '../async/cooperate.js'
import type {ZoneName} from '../dns/name.js'
import {InvalidRdataError} from '../dns/rdata/errors.js'
import type {Rrset} from '../dns/rrset.js'
import {readZoneFile, type ZoneFileText} from '../dns/zone-file/reader.js'
import {PdistError} from '../errors.js'
import {adviceOn} from '../sync/import/advice.js'
import {rrsetsOfFile} from '../sync/import/file-rrsets.js'

/** A zone file cannot be read, is too large, or takes too long. */
export class ZoneFileUnreadableError extends PdistError {
  readonly code = 'PDIST_ZONE_FILE_UNREADABLE'
}

/** `stdin` stands for the file `-`. */
export interface ZoneFileRequest {
  zone: ZoneName
  path: string
  stdin: Readable
  maxRecords: number
  /** Of the file and of all that it includes. */
  maxBytes?: number
  signal: AbortSignal
}

export interface LoadedZoneFile {
  /** In canonical order. */
  rrsets: Rrset[]
  /** What hardly is as it was meant, each with file and line. */
  warnings: string[]
}

const STDIN = '-'
const MAX_BYTES = 256 * 1024 * 1024
const MAX_MS = 300_000

/**
 * Reads a zone file, with all that it includes. Rejects with ZoneFileUnreadableError, ZoneFileError,
 * and the signal's reason.
 */
export async function loadZoneFile(request: ZoneFileRequest): Promise<LoadedZoneFile> {
  const {zone, path, maxRecords, signal} = request
  try {
    return await withTimeout(MAX_MS, signal, async (ending) => {
      const budget = {bytes: request.maxBytes ?? MAX_BYTES}
      const main = await readMain(request, budget, ending)
      const include = (name: string, from: string) => readIncluded(name, from, budget)
      const records = await cooperate(readZoneFile(main, {zone, maxRecords, include}), ending)
      return {rrsets: rrsetsOfFile(zone, main.file, records), warnings: adviceOn(zone, records)}
    })
  } catch (error) {
    signal.throwIfAborted()
    throw explained(path, error)
  }
}

function explained(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || cause instanceof PdistError) return cause
  const isLate = cause.name === 'TimeoutError'
  if (!isLate && !('code' in cause)) return cause
  const why = isLate ? `it took longer than ${MAX_MS / 1000} s` : cause.message
  return new ZoneFileUnreadableError(`${nameOf(path)} cannot be read: ${why}`, {cause})
}

async function readMain(
  {path, stdin}: ZoneFileRequest,
  budget: {bytes: number},
  signal: AbortSignal,
): Promise<ZoneFileText> {
  const input = path === STDIN ? stdin : createReadStream(path)
  const stop = () => input.destroy(signal.reason)
  signal.addEventListener('abort', stop, {once: true})
  const chunks: Buffer[] = []
  try {
    for await (const chunk of input) {
      take(budget, chunk.length)
      chunks.push(chunk)
    }
  } finally {
    signal.removeEventListener('abort', stop)
  }
  return {file: nameOf(path), text: Buffer.concat(chunks).toString('latin1')}
}

/** A relative path begins where the file is that names it; for stdin in the working directory. */
function readIncluded(name: string, from: string, budget: {bytes: number}): ZoneFileText {
  const file = resolve(dirname(from), name)
  try {
    const found = statSync(file)
    if (!found.isFile()) throw new InvalidRdataError(`${file} cannot be included: it is no file`)
    take(budget, found.size)
    return {file, text: readFileSync(file, 'latin1')}
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause) || cause instanceof PdistError) throw cause
    throw new InvalidRdataError(`${file} cannot be included: ${cause.message}`, {cause})
  }
}

function take(budget: {bytes: number}, bytes: number): void {
  budget.bytes -= bytes
  if (budget.bytes >= 0) return
  throw new ZoneFileUnreadableError(`the zone file with what it includes is larger than what is read`)
}

function nameOf(path: string): string {
  return path === STDIN ? 'stdin' : path
}
