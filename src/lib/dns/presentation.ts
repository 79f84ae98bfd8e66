import {hexOf, readHex} from './rdata/binary.js'
import {InvalidRdataError} from './rdata/errors.js'
import {readNumber} from './rdata/field.js'
import {LAYOUTS} from './rdata/layouts.js'
import type {NameStyle} from './rdata/name-text.js'
import {RdataReader} from './rdata/reader.js'
import {type Token, Tokens} from './rdata/tokens.js'
import {RdataWriter} from './rdata/writer.js'
import type {RecordCursor} from './record.js'
import {MalformedMessageError} from './wire.js'

export interface PrintOptions {
  style: NameStyle
  /** As RFC 3597 §5 writes what nobody knows, whatever the type. */
  generic?: boolean
}

const ROOT = Uint8Array.of(0)
const IN_ZONE_FILES: PrintOptions = {style: 'zone file'}

/**
 * The rdata under the cursor in presentation format (RFC 1035 §5.1), names absolute; as RFC 3597 §5 has it where the type is
 * unknown, or the rdata is not what the type should have. Throws nothing but what the cursor itself has thrown.
 */
export function printRdata(
  record: Pick<RecordCursor, 'type' | 'message' | 'rdata' | 'end'>,
  {style, generic = false}: PrintOptions = IN_ZONE_FILES,
): string {
  const layout = generic ? undefined : LAYOUTS.get(record.type)
  if (layout) {
    try {
      const reader = new RdataReader(record, style)
      const words = layout.map((field) => field.print(reader))
      if (reader.left === 0) return words.join(' ').trimEnd()
    } catch (error) {
      if (!(error instanceof MalformedMessageError)) throw error
    }
  }
  const bytes = record.message.subarray(record.rdata, record.end)
  return bytes.length === 0 ? '\\# 0' : `\\# ${bytes.length} ${hexOf(bytes)}`
}

/** As `printRdata`, for an rdata by itself, names uncompressed. */
export function printBytes(type: number, rdata: Uint8Array, options: PrintOptions = IN_ZONE_FILES): string {
  return printRdata({type, message: rdata, rdata: 0, end: rdata.length}, options)
}

/**
 * Reads an rdata in presentation format, any type also in that of RFC 3597 §5.
 * @param origin of relative names, uncompressed
 * @returns the rdata, names uncompressed
 * @throws InvalidRdataError
 */
export function parseRdata(type: number, words: readonly Token[], origin: Uint8Array): Uint8Array {
  const tokens = new Tokens(words, origin)
  if (isGeneric(tokens.peek())) return parseGeneric(tokens)
  const layout = LAYOUTS.get(type)
  if (!layout) {
    throw new InvalidRdataError('the rdata of this type is not known', {
      hints: ['Write it as `\\# <number of bytes> <hex>` (RFC 3597)'],
    })
  }
  const writer = new RdataWriter()
  for (const field of layout) field.parse(tokens, writer)
  const extra = tokens.peek()
  if (extra) throw new InvalidRdataError(`"${extra.text.slice(0, 100)}" is too much`)
  return writer.finish()
}

/** As `parseRdata`, for one record's content as PowerDNS's API has it, names absolute. @throws InvalidRdataError */
export function parseContent(type: number, content: string): Uint8Array {
  return parseRdata(type, wordsOf(content), ROOT)
}

/** Words in quotes or without, and such as have quotes in their midst; nothing else means anything here. */
function wordsOf(content: string): Token[] {
  return [...content.matchAll(/(?:"(?:[^"\\]|\\.)*"|[^\s"\\]|\\.)+/g)].map(([word]) => {
    const quoted = word.startsWith('"')
    return {text: word.replace(/\\.|"/g, (found) => (found === '"' ? '' : found)), quoted}
  })
}

function isGeneric(token: Token | undefined): boolean {
  return token !== undefined && !token.quoted && token.text === '\\#'
}

function parseGeneric(tokens: Tokens): Uint8Array {
  tokens.next('\\#')
  const length = readNumber(tokens.next('the number of bytes').text, 0xffff)
  const bytes = readHex(
    tokens
      .rest()
      .map(({text}) => text)
      .join(''),
  )
  if (bytes.length !== length) {
    throw new InvalidRdataError(`${bytes.length} bytes follow, and not ${length} as it says`)
  }
  return bytes
}
