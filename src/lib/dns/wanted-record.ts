import {hash} from 'node:crypto'
import {PdistError} from '../errors.js'
import {canonicalFormOf} from './canonical-form.js'
import {parseContent} from './presentation.js'
import {InvalidRdataError} from './rdata/errors.js'
import type {RecordCursor} from './record.js'
import {recordOf} from './rrset.js'
import {typeNumber} from './types.js'
import {MalformedMessageError} from './wire.js'

/** A record is not written as its type's records are. */
export class InvalidRecordError extends PdistError {
  readonly code = 'PDIST_INVALID_RECORD'
}

const TXT = 16
const SPF = 99
/** Strings in quotes and nothing else, or RFC 3597's generic form. */
const STRINGS = /^\s*(?:(?:"(?:[^"\\]|\\.)*"\s*)+|\\#.*)$/s

/**
 * The rdata in a form that is equal for equal records: names as RFC 4034 §6.2 has them, and the strings of TXT and SPF joined, as
 * everybody reads them (RFC 7208 §3.3), because it is nobody's business where they are cut.
 * @throws MalformedMessageError
 */
export function comparableRdata(record: RecordCursor): Uint8Array {
  const rdata = canonicalFormOf(record)
  return isText(record.type) ? joined(rdata) : rdata
}

/** Short, so that records of any size can be asked for. Of what `comparableRdata` gives. */
export function rdataDigest(rdata: Uint8Array): string {
  return hash('sha256', rdata, 'base64url')
}

/**
 * Reads a record's type and its value in presentation format, names absolute, to what `comparableRdata` gives of such a record. A
 * text needs no quotes.
 * @throws InvalidRecordError
 */
export function readRecordText(typeText: string, value: string): {type: number; rdata: Uint8Array} {
  const type = typeNumber(typeText)
  if (type === undefined) {
    throw new InvalidRecordError(`"${typeText}" is no RR type`, {hints: ['Write A, TXT, or TYPE65400']})
  }
  if (isText(type) && !/^\s*(?:"|\\#)/.test(value)) return {type, rdata: Buffer.from(value)}
  try {
    if (isText(type) && !STRINGS.test(value)) throw new InvalidRdataError('its quotes do not match')
    // A zone file's characters are bytes.
    const content = Buffer.from(value).toString('latin1')
    return {type, rdata: comparableRdata(recordOf(type, parseContent(type, content)))}
  } catch (cause) {
    if (!(cause instanceof InvalidRdataError || cause instanceof MalformedMessageError)) throw cause
    throw new InvalidRecordError(`"${value}" is no ${typeText.toUpperCase()} record: ${cause.message}`, {
      cause,
      hints: ['Write it as in a zone file, with absolute names', ...cause.hints],
    })
  }
}

function isText(type: number): boolean {
  return type === TXT || type === SPF
}

function joined(rdata: Uint8Array): Uint8Array {
  const text = new Uint8Array(rdata.length)
  let length = 0
  for (let at = 0; at < rdata.length; ) {
    const end = at + 1 + (rdata[at] ?? 0)
    if (end > rdata.length) throw new MalformedMessageError('a string leaves the rdata')
    text.set(rdata.subarray(at + 1, end), length)
    length += end - at - 1
    at = end
  }
  return text.subarray(0, length)
}
