import {InvalidRdataError} from './errors.js'
import type {RdataReader} from './reader.js'
import type {Tokens} from './tokens.js'
import type {RdataWriter} from './writer.js'

/** One field of an rdata, in both directions. */
export interface Field {
  /** @throws MalformedMessageError where the bytes are not what the field may hold, or could not be read back from a text. */
  print(from: RdataReader): string
  /** @throws InvalidRdataError */
  parse(tokens: Tokens, to: RdataWriter): void
}

/** A number that is written in decimal digits and is at most `max`. @throws InvalidRdataError */
export function readNumber(text: string, max: number, what = 'a number'): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (number <= max) return number
  throw new InvalidRdataError(`"${text.slice(0, 100)}" is not ${what} from 0 to ${max}`)
}
