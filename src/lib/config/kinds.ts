import {type Address, isNetwork, parseAddress} from './address.js'
import {parseDuration, parseSize} from './quantities.js'

/** What is wrong with a value, for people; in a list, with which of its entries. */
export interface Flaw {
  readonly message: string
  readonly index?: number
}

/** The typed value, or what keeps it from becoming one. */
export type Reading<T> =
  | {readonly value: T; readonly flaws?: never}
  | {readonly value?: never; readonly flaws: readonly [Flaw, ...Flaw[]]}

/** A kind of value: what it may be in TOML, in an environment variable, and what it becomes. */
export interface Kind<T> {
  /** Checks a TOML value and turns it into the typed one. */
  readonly read: (value: unknown) => Reading<T>
  /** What the text of an environment variable would be in TOML. */
  readonly fromText: (text: string) => unknown
  /** Never shown, and to be given by the path of a file, too (`<key>_file`). */
  readonly secret?: true
}

const asText = (value: string) => value
/** Numbers are written as numbers; what is none stays text, and `read` says what is wrong with it. */
const asNumber = (value: string) => (/^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value)

export function flawed(message: string): {readonly flaws: readonly [Flaw]} {
  return {flaws: [{message}]}
}

/** A kind made by a function that gives undefined for what is no such value. */
function parsed<T>(
  expected: string,
  parse: (value: string | number) => T | undefined,
  fromText: (text: string) => unknown = asText,
): Kind<T> {
  const read = (value: unknown): Reading<T> => {
    const result = typeof value === 'string' || typeof value === 'number' ? parse(value) : undefined
    return result === undefined ? flawed(`expected ${expected}`) : {value: result}
  }
  return {read, fromText}
}

function matching(pattern: RegExp, expected: string): Kind<string> {
  return parsed(expected, (value) => (typeof value === 'string' && pattern.test(value) ? value : undefined))
}

export const text: Kind<string> = matching(/^[^\0\r\n]+$/, 'a text that is not empty')
export const path: Kind<string> = matching(/^[^\0\r\n]+$/, 'the path of a file or directory')
export const secret: Kind<string> = {...matching(/^[^\0\r\n]+$/, 'a secret in one line'), secret: true}
export const base64Secret: Kind<string> = {
  ...matching(/^(?=.{4})(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, 'base64'),
  secret: true,
}
/** One token of the subjects and names that are made of it in the broker. */
export const prefix: Kind<string> = matching(/^[a-z0-9-]{1,32}$/, 'lower-case letters, digits and hyphens')
/** A label of a host name: it becomes a subject's token and a consumer's name. */
export const label: Kind<string> = matching(
  /^[a-z0-9][a-z0-9-]{0,62}$/,
  'a name of lower-case letters, digits and hyphens, 63 at most',
)

export const boolean: Kind<boolean> = {
  read: (value) => (typeof value === 'boolean' ? {value} : flawed('expected true or false')),
  fromText: (value) => (value === 'true' ? true : value === 'false' ? false : value),
}

export function choice<const T extends string | number>(...values: readonly T[]): Kind<T> {
  const chosen = (value: string | number) => values.find((each) => each === value)
  return parsed(`one of ${values.join(', ')}`, chosen, asNumber)
}

export function integer(min: number, max: number): Kind<number> {
  const expected = `a whole number from ${min} to ${max}`
  const inRange = (value: string | number) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? value : undefined
  return parsed(expected, inRange, asNumber)
}

export function decimal(min: number, max: number): Kind<number> {
  const inRange = (value: string | number) =>
    typeof value === 'number' && value >= min && value <= max ? value : undefined
  return parsed(`a number from ${min} to ${max}`, inRange, asNumber)
}

/** Milliseconds, from `min` to `max`, which are texts such as `10s`. */
export function duration(min: string, max: string): Kind<number> {
  const [least = 0, most = 0] = [parseDuration(min), parseDuration(max)]
  const expected = `a duration from ${min} to ${max}, such as "10s", "500ms", "2m" or "30d"`
  const inRange = (value: string | number) => within(parseDuration(value), least, most)
  return parsed(expected, inRange, asNumber)
}

/** Bytes, from `min` to `max`, which are texts such as `64KiB`. */
export function size(min: string, max: string): Kind<number> {
  const [least = 0, most = 0] = [parseSize(min), parseSize(max)]
  const expected = `a size from ${min} to ${max}, such as "64KiB", "128MiB" or "1GiB"`
  return parsed(expected, (value) => within(parseSize(value), least, most), asNumber)
}

/** A numeric address with its port. Port 0, where allowed, lets the kernel choose. */
export function listenAddress({anyPort}: {anyPort: boolean}): Kind<Address> {
  return parsed('an address with its port, such as "[::1]:5300" or "127.0.0.1:5300"', (value) => {
    const address = parseAddress(String(value), {names: false})
    return address && (anyPort || address.port > 0) ? address : undefined
  })
}

/** As `listenAddress`; the empty text means nowhere. */
export const optionalListenAddress: Kind<Address | undefined> = {
  read(value) {
    if (value === '') return {value: undefined}
    const reading = listenAddress({anyPort: true}).read(value)
    return reading.flaws
      ? flawed('expected an address with its port, such as "[::1]:9101", or an empty text')
      : reading
  },
  fromText: asText,
}

/** Where a server is reached: an address or a host name, with its port. */
export const serverAddress: Kind<Address> = parsed(
  'an address with its port, such as "[::1]:53" or "127.0.0.1:53"',
  (value) => {
    const address = parseAddress(String(value), {names: true})
    return address && address.port > 0 ? address : undefined
  },
)

export const network: Kind<string> = parsed(
  'an address or a network, such as "192.0.2.1" or "2001:db8::/32"',
  (value) => (isNetwork(String(value)) ? String(value) : undefined),
)

/** A list, unless said otherwise with at least one entry; in the environment, separated by commas. */
export function listOf<T>({read, fromText}: Kind<T>, {mayBeEmpty = false} = {}): Kind<readonly T[]> {
  return {
    read(list) {
      if (!Array.isArray(list)) return flawed('expected a list')
      if (list.length === 0 && !mayBeEmpty) return flawed('expected at least one entry')
      const readings = list.map((entry: unknown) => read(entry))
      const [first, ...more] = readings.flatMap(({flaws = []}, index) =>
        flaws.map(({message}) => ({message, index})),
      )
      if (first) return {flaws: [first, ...more]}
      return {value: readings.flatMap((reading) => (reading.flaws ? [] : [reading.value]))}
    },
    fromText: (value) =>
      value
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== '')
        .map(fromText),
  }
}

function within(value: number | undefined, min: number, max: number): number | undefined {
  return value !== undefined && value >= min && value <= max ? value : undefined
}
