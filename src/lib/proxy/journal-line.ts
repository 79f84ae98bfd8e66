import {crc32} from 'node:zlib'
import {zoneName} from '../dns/name.js'
import {EVENT_VERBS} from '../zone/event.js'
import type {ZoneChange} from './change.js'

type Entry = {begin: ZoneChange} | {clear: string}

const NEWLINE = 0x0a
/** Eight hex digits and a space. */
const SUM_LENGTH = 9

export function beginLine(intent: ZoneChange): string {
  return line({begin: intent})
}

export function clearLine(id: string): string {
  return line({clear: id})
}

function line(entry: Entry): string {
  const json = JSON.stringify(entry)
  return `${sumOf(json)}${json}\n`
}

/** The CRC-32 of the JSON. */
function sumOf(json: string | Uint8Array): string {
  return `${crc32(json).toString(16).padStart(8, '0')} `
}

/**
 * Reads a journal file: what was begun and not cleared, oldest first. Zero bytes are room not yet used. Every line counts whose
 * sum is right, also behind one that is torn: an intent too many costs a look at a zone, one too few loses a change.
 */
export function readLines(bytes: Uint8Array): {pending: ZoneChange[]; tornBytes: number} {
  const pending = new Map<string, ZoneChange>()
  let tornBytes = 0
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] === 0) {
      at++
      continue
    }
    const newline = bytes.indexOf(NEWLINE, at)
    const end = newline < 0 ? bytes.length : newline
    const entry = newline < 0 ? undefined : readLine(bytes.subarray(at, end))
    if (entry === undefined) tornBytes += usedBytes(bytes.subarray(at, end))
    else if ('begin' in entry) pending.set(entry.begin.id, entry.begin)
    else pending.delete(entry.clear)
    at = end + 1
  }
  return {pending: [...pending.values()], tornBytes}
}

function readLine(line: Uint8Array): Entry | undefined {
  const json = line.subarray(SUM_LENGTH)
  const sum = Buffer.from(line.subarray(0, SUM_LENGTH)).toString('latin1')
  if (sum !== sumOf(json)) return undefined
  try {
    return entryOf(JSON.parse(Buffer.from(json).toString()))
  } catch {
    return undefined // Whole, but not of this version: counted as torn, so that it is reported.
  }
}

function entryOf({begin, clear}: {begin?: Record<string, unknown>; clear?: unknown}): Entry | undefined {
  if (typeof clear === 'string') return {clear}
  const {id, verb: written, zone, method, path, at} = begin ?? {}
  const verb = EVENT_VERBS.find((known) => known === written)
  if (typeof id !== 'string' || typeof zone !== 'string' || verb === undefined) return undefined
  if (typeof method !== 'string' || typeof path !== 'string' || typeof at !== 'number') return undefined
  return {begin: {id, verb, zone: zoneName(zone), method, path, at}}
}

function usedBytes(bytes: Uint8Array): number {
  let used = bytes.length
  while (used > 0 && bytes[used - 1] === 0) used--
  return used
}
