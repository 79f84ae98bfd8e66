import {InvalidRdataError} from '../rdata/errors.js'
import {readNumber} from '../rdata/field.js'
import type {Token} from '../rdata/tokens.js'

const MAX_NUMBER = 2 ** 31 - 1
const RADIX: Readonly<Record<string, number>> = {d: 10, o: 8, x: 16, X: 16}
const MAX_WIDTH = 63

/**
 * What BIND's `$GENERATE range owner … type rdata` stands for: the words behind the range, once for each number, in which
 * `$` and `${offset,width,base}` are the number, and `$$` and `\$` a dollar sign.
 * @throws InvalidRdataError
 */
export function* generated([range, ...words]: readonly Token[]): Generator<Token[]> {
  const [, start = '', stop = '', step = '1'] = /^(\d+)-(\d+)(?:\/(\d+))?$/.exec(range?.text ?? '') ?? []
  if (words.length < 3 || start === '') {
    throw new InvalidRdataError(
      '$GENERATE is followed by a range as 1-10 or 0-100/2, an owner, a type and its rdata',
    )
  }
  const [first, last, by] = [start, stop, step].map((text) => readNumber(text, MAX_NUMBER)) as [
    number,
    number,
    number,
  ]
  if (last < first || by === 0) throw new InvalidRdataError(`$GENERATE's range ${range?.text} is empty`)
  for (let number = first; number <= last; number += by) {
    yield words.map(({text, quoted}) => ({text: filled(text, number), quoted}))
  }
}

function filled(text: string, number: number): string {
  return text.replace(/\\(.)|\$\$|\$\{([^}]*)\}|\$/g, (found, escaped?: string, format?: string) => {
    if (found === '$$' || escaped === '$') return '$'
    if (escaped !== undefined) return found
    return format === undefined ? String(number) : formatted(number, format)
  })
}

function formatted(number: number, format: string): string {
  const [, offset, width = '0', base = 'd'] = /^(-?\d{1,10})(?:,(\d{1,2})(?:,([doxX]))?)?$/.exec(format) ?? []
  const value = number + Number(offset)
  if (offset === undefined || value < 0 || Number(width) > MAX_WIDTH) {
    throw new InvalidRdataError(`\${${format}} is not understood`, {
      hints: ['In the braces are an offset, and if need be a width and a base (d, o, x or X): 0,3,d'],
    })
  }
  const digits = value.toString(RADIX[base] ?? 10).padStart(Number(width), '0')
  return base === 'X' ? digits.toUpperCase() : digits
}
