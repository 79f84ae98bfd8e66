import {z} from 'zod'
import {type Address, isNetwork, parseAddress} from './address.js'
import {parseDuration, parseSize} from './quantities.js'

/** A kind of value: what it may be in TOML, in an environment variable, and what it becomes. */
export interface Kind<T> {
  /** Checks a TOML value and turns it into the typed one; its messages are written for people. */
  readonly schema: z.ZodType<T>
  /** What the text of an environment variable would be in TOML. */
  readonly fromText: (text: string) => unknown
  /** Never shown, and to be given by the path of a file, too (`<key>_file`). */
  readonly secret?: true
}

const asText = (value: string) => value
/** Numbers are written as numbers; what is none stays text, and the schema says what is wrong with it. */
const asNumber = (value: string) => (/^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value)

/** A kind made by a function that gives undefined for what is no such value. */
function parsed<T>(
  expected: string,
  parse: (value: string | number) => T | undefined,
  fromText: (text: string) => unknown = asText,
): Kind<T> {
  const schema = z
    .union([z.string(), z.number()], {error: `expected ${expected}`})
    .transform((value, context) => {
      const result = parse(value)
      if (result !== undefined) return result
      context.issues.push({code: 'custom', message: `expected ${expected}`, input: value})
      return z.NEVER
    })
  return {schema, fromText}
}

function matching(pattern: RegExp, expected: string): Kind<string> {
  return {
    schema: z.string({error: `expected ${expected}`}).regex(pattern, `expected ${expected}`),
    fromText: asText,
  }
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
  schema: z.boolean({error: 'expected true or false'}),
  fromText: (value) => (value === 'true' ? true : value === 'false' ? false : value),
}

export function choice<const T extends string | number>(...values: readonly T[]): Kind<T> {
  const expected = `expected one of ${values.join(', ')}`
  return {schema: z.literal(values, {error: expected}), fromText: asNumber}
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
  schema: z.union([z.literal('').transform(() => undefined), listenAddress({anyPort: true}).schema], {
    error: 'expected an address with its port, such as "[::1]:9101", or an empty text',
  }),
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
export function listOf<T>({schema, fromText}: Kind<T>, {mayBeEmpty = false} = {}): Kind<readonly T[]> {
  const list = z.array(schema, {error: 'expected a list'})
  return {
    schema: (mayBeEmpty ? list : list.min(1, 'expected at least one entry')).readonly(),
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
