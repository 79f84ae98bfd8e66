import {canonicalRdata, RRSIG_FIXED_BYTES} from '../../src/lib/dns/canonical.js'
import {readName, skipName} from '../../src/lib/dns/name.js'
import {answersOf, type RecordCursor} from '../../src/lib/dns/record.js'
import type {Transfer} from '../../src/lib/dns/transfer.js'
import {Type} from '../../src/lib/dns/wire.js'

/**
 * Every record of a transfer as `owner TTL class type rdata in hex`, sorted, the closing SOA included. Of an RRSIG the
 * signature itself is left out, because ECDSA makes another one each time; names count without regard to case.
 */
export function recordsOf({messages}: {messages: readonly Uint8Array[]}): string[] {
  const records: string[] = []
  for (const message of messages) {
    const record = answersOf(message)
    while (record.next()) records.push(textOf(record))
  }
  return records.sort()
}

/** What is in one of two sorted lists and not in the other, as `+ found` and `- wanted`. */
export function difference(found: readonly string[], wanted: readonly string[]): string[] {
  const lines: string[] = []
  let at = 0
  for (const record of found) {
    while (at < wanted.length && (wanted[at] ?? '') < record) lines.push(`- ${wanted[at++]}`)
    if (wanted[at] === record) at++
    else lines.push(`+ ${record}`)
  }
  return [...lines, ...wanted.slice(at).map((record) => `- ${record}`)]
}

/** How often each type is there, by its number. */
export function typesOf({messages}: Transfer): Map<number, number> {
  const types = new Map<number, number>()
  for (const message of messages) {
    const record = answersOf(message)
    while (record.next()) types.set(record.type, (types.get(record.type) ?? 0) + 1)
  }
  return types
}

function textOf(record: RecordCursor): string {
  const {name} = readName(record.message, record.owner)
  const {ttl, type} = record
  const whole = canonicalRdata(record)
  const rdata = type === Type.RRSIG ? whole.subarray(0, signatureAt(whole)) : whole
  return recordText({name, ttl, class: record.class, type}, rdata)
}

/** A record as it is among `recordsOf`. */
export function recordText(
  {name, ttl, type, ...fields}: {name: string; ttl: number; class: number; type: number},
  rdata: Uint8Array,
): string {
  return `${name} ${ttl} ${fields.class} TYPE${type} ${Buffer.from(rdata).toString('hex')}`
}

/** Behind the signer's name (RFC 4034 §3.1). */
function signatureAt(rrsig: Uint8Array): number {
  return skipName(rrsig, RRSIG_FIXED_BYTES)
}
