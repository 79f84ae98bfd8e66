import {zoneName} from '../../src/lib/dns/name.js'
import {type Transfer, TransferAssembler} from '../../src/lib/dns/transfer.js'
import {setUint16, setUint32} from '../../src/lib/dns/wire.js'
import {message, question, record} from '../unit/dns/messages.js'

/** The types of RFC 8976's examples. */
const TYPES: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  NAPTR: 35,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  ZONEMD: 63,
}
const SOA = 6

/** A record on the wire, uncompressed, with letters as they were written. */
export interface TextRecord {
  type: number
  wire: Uint8Array
}

/** Reads lines of `owner TTL type rdata`, names written out with their dots, texts in quotes. */
export function recordsOfText(text: string): TextRecord[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [owner = '', ttl, name = '', ...fields] = fieldsOf(line)
      const type = typeOf(name)
      return {type, wire: record(nameOf(owner), type, rdataOf(type, fields), Number(ttl))}
    })
}

/** The transfer of a zone: its SOA first and last, the other records between them, `perMessage` to a message. */
export function transferOfRecords(
  name: string,
  records: readonly TextRecord[],
  {perMessage = 10} = {},
): Transfer {
  const zone = zoneName(name)
  const limits = {bytes: 10 ** 8, records: 10 ** 6}
  const assembler = new TransferAssembler({zone, id: 7, limits})
  const soa = records.filter(({type}) => type === SOA).slice(0, 1)
  const all = [...soa, ...records.filter(({type}) => type !== SOA), ...soa].map(({wire}) => wire)
  for (let at = 0; at < all.length; at += perMessage)
    assembler.push(message(all.slice(at, at + perMessage), {question: question(zone)}))
  return assembler.finish()
}

function fieldsOf(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quoted, plain = '']) => quoted?.replace(/\\(.)/g, '$1') ?? plain,
  )
}

function typeOf(name: string): number {
  const type = TYPES[name]
  if (type === undefined) throw new Error(`no type ${name} here`)
  return type
}

function rdataOf(type: number, fields: readonly string[]): Uint8Array {
  const [a = '', b = '', c = '', d = '', e = '', f = '', g = '', h = '', i = ''] = fields
  switch (type) {
    case 1:
      return Buffer.from(a.split('.').map(Number))
    case SOA:
      return Buffer.concat([nameOf(a), nameOf(b), ...[c, d, e, f, g].map((number) => uint(32, number))])
    case 15:
      return Buffer.concat([uint(16, a), nameOf(b)])
    case 16:
      return textOf(a)
    case 28:
      return addressOf(a)
    case 35:
      return Buffer.concat([uint(16, a), uint(16, b), textOf(c), textOf(d), textOf(e), nameOf(f)])
    case 46: {
      const numbers = [uint(16, String(typeOf(a))), uint(8, b), uint(8, c), uint(32, d), timeOf(e), timeOf(f)]
      return Buffer.concat([...numbers, uint(16, g), nameOf(h), Buffer.from(i, 'base64')])
    }
    case 47:
      return Buffer.concat([nameOf(a), bitmapOf(fields.slice(1).map(typeOf))])
    case 48:
      return Buffer.concat([uint(16, a), uint(8, b), uint(8, c), Buffer.from(d, 'base64')])
    case 63:
      return Buffer.concat([uint(32, a), uint(8, b), uint(8, c), Buffer.from(d, 'hex')])
    default:
      return nameOf(a)
  }
}

function nameOf(name: string): Uint8Array {
  const labels = name.split('.').filter(Boolean)
  return Buffer.concat([...labels.map((label) => textOf(label)), Buffer.of(0)])
}

/** Behind its length in one byte. */
function textOf(text: string): Uint8Array {
  return Buffer.concat([Buffer.of(text.length), Buffer.from(text, 'latin1')])
}

function uint(bits: 8 | 16 | 32, text: string): Uint8Array {
  const bytes = new Uint8Array(bits / 8)
  if (bits === 32) setUint32(bytes, 0, Number(text))
  else if (bits === 16) setUint16(bytes, 0, Number(text))
  else bytes[0] = Number(text)
  return bytes
}

/** `YYYYMMDDhhmmss` as RRSIGs write it. */
function timeOf(text: string): Uint8Array {
  const iso = text.replace(/(....)(..)(..)(..)(..)(..)/, '$1-$2-$3T$4:$5:$6Z')
  return uint(32, String(Date.parse(iso) / 1000))
}

function addressOf(text: string): Uint8Array {
  const [head = '', tail = ''] = text.split('::')
  const groups = (part: string) => part.split(':').filter(Boolean)
  const zeros = Array(8 - groups(head).length - groups(tail).length).fill('0')
  const all = [...groups(head), ...zeros, ...groups(tail)]
  return Buffer.concat(all.map((group) => uint(16, `0x${group}`)))
}

/** Of types below 256 (RFC 4034 §4.1.2). */
function bitmapOf(types: readonly number[]): Uint8Array {
  const bits = new Uint8Array(Math.floor(Math.max(...types) / 8) + 1)
  for (const type of types) bits[type >> 3] = (bits[type >> 3] ?? 0) | (0x80 >> (type & 7))
  return Buffer.concat([Buffer.of(0, bits.length), bits])
}
