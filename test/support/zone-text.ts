import {zoneName} from '../../src/lib/dns/name.js'
import {parseRdata} from '../../src/lib/dns/presentation.js'
import {parseName} from '../../src/lib/dns/rdata/name-text.js'
import {type Transfer, TransferAssembler} from '../../src/lib/dns/transfer.js'
import {typeNumber} from '../../src/lib/dns/types.js'
import {entriesOf} from '../../src/lib/dns/zone-file/lexer.js'
import {message, question, record} from '../unit/dns/messages.js'

const SOA = 6
const ROOT = Uint8Array.of(0)

/** A record on the wire, uncompressed, with letters as they were written. */
export interface TextRecord {
  type: number
  wire: Uint8Array
}

/** Reads lines of `owner TTL type rdata`, names written out with their dots, texts in quotes. */
export function recordsOfText(text: string): TextRecord[] {
  return [...entriesOf('test', text)].map(({tokens: [owner, ttl, name, ...words]}) => {
    const type = typeNumber(name?.text ?? '')
    if (type === undefined) throw new Error(`no type ${name?.text}`)
    const rdata = parseRdata(type, words, ROOT)
    return {type, wire: record(parseName(owner?.text ?? '', ROOT), type, rdata, Number(ttl?.text))}
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
