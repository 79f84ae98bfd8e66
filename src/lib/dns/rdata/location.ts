import {MalformedMessageError} from '../wire.js'
import {InvalidRdataError} from './errors.js'
import {type Field, readNumber} from './field.js'
import type {Tokens} from './tokens.js'

/** RFC 1876 §2: thousandths of a second of arc, from 2^31 at the equator and the prime meridian. */
const ORIGIN = 2 ** 31
const PER_SECOND = 1000
const PER_MINUTE = 60 * PER_SECOND
const PER_DEGREE = 60 * PER_MINUTE
/** Centimetres below the reference spheroid where altitudes begin. */
const ALTITUDE_BASE_CM = 10_000_000
/** Size and precisions that are left out (RFC 1876 §3), in centimetres. */
const DEFAULTS_CM = [100, 1_000_000, 1000]

/** A LOC (RFC 1876). */
export const location: Field = {
  print: (from) => {
    if (from.uint(1) !== 0) throw new MalformedMessageError('a LOC of an unknown version')
    const [size = 0, horizontal = 0, vertical = 0] = [0, 0, 0].map(() => centimetresOf(from.uint(1)))
    const latitude = printAngle(from.uint(4), 90, 'N', 'S')
    const longitude = printAngle(from.uint(4), 180, 'E', 'W')
    const altitude = from.uint(4) - ALTITUDE_BASE_CM
    return [latitude, longitude, ...[altitude, size, horizontal, vertical].map(printMetres)].join(' ')
  },
  parse: (tokens, to) => {
    const latitude = parseAngle(tokens, 90, 'N', 'S')
    const longitude = parseAngle(tokens, 180, 'E', 'W')
    const altitude = parseMetres(tokens.next('an altitude').text) + ALTITUDE_BASE_CM
    if (altitude < 0 || altitude > 0xffff_ffff) throw new InvalidRdataError('the altitude is out of range')
    to.uint(1, 0)
    for (const usual of DEFAULTS_CM)
      to.uint(1, tokens.left > 0 ? precisionOf(parseMetres(tokens.next('a size').text)) : precisionOf(usual))
    to.uint(4, latitude)
    to.uint(4, longitude)
    to.uint(4, altitude)
  },
}

/** A digit and a power of ten. */
function centimetresOf(byte: number): number {
  const [digit, power] = [byte >> 4, byte & 0xf]
  if (digit > 9 || power > 9 || (digit === 0 && power > 0)) {
    throw new MalformedMessageError('a precision that is not in its one form')
  }
  return digit * 10 ** power
}

function precisionOf(cm: number): number {
  if (cm < 0 || cm > 9e9) throw new InvalidRdataError(`${cm / 100} m is out of range`)
  let power = 0
  let digit = cm
  for (; digit > 9; power++) digit = Math.floor(digit / 10)
  return (digit << 4) | power
}

function printAngle(value: number, most: number, positive: string, negative: string): string {
  const angle = Math.abs(value - ORIGIN)
  if (angle > most * PER_DEGREE) throw new MalformedMessageError('an angle that is not on the globe')
  const degrees = Math.floor(angle / PER_DEGREE)
  const minutes = Math.floor((angle % PER_DEGREE) / PER_MINUTE)
  const thousandths = angle % PER_MINUTE
  return `${degrees} ${minutes} ${(thousandths / PER_SECOND).toFixed(3)} ${value < ORIGIN ? negative : positive}`
}

function printMetres(cm: number): string {
  return `${(cm / 100).toFixed(2)}m`
}

function parseAngle(tokens: Tokens, most: number, positive: string, negative: string): number {
  const words: string[] = []
  for (;;) {
    const {text} = tokens.next(`${positive} or ${negative}`)
    const letter = text.toUpperCase()
    if (letter !== positive && letter !== negative) {
      if (words.push(text) > 3) throw new InvalidRdataError(`${positive} or ${negative} is missing`)
      continue
    }
    const angle = angleOf(words, most)
    return letter === positive ? ORIGIN + angle : ORIGIN - angle
  }
}

/** Degrees, and minutes and seconds where they are written. */
function angleOf([degrees = '', minutes = '0', seconds = '0']: readonly string[], most: number): number {
  if (!/^\d{1,2}(\.\d{1,3})?$/.test(seconds) || Number(seconds) >= 60)
    throw new InvalidRdataError(`"${seconds.slice(0, 100)}" are no seconds of arc`)
  const angle =
    readNumber(degrees, most, 'degrees') * PER_DEGREE +
    readNumber(minutes, 59, 'minutes') * PER_MINUTE +
    Math.round(Number(seconds) * PER_SECOND)
  if (angle > most * PER_DEGREE) throw new InvalidRdataError('the angle is not on the globe')
  return angle
}

/** In centimetres. */
function parseMetres(text: string): number {
  if (!/^-?\d{1,8}(\.\d{1,2})?m?$/i.test(text))
    throw new InvalidRdataError(`"${text.slice(0, 100)}" is no length in metres`)
  return Math.round(Number.parseFloat(text) * 100)
}
