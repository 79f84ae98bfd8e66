import {z} from 'zod'
import {type ZoneName, zoneName} from '../dns/name.js'
import {MalformedMessageError} from './errors.js'

/** A message that is larger than this is not one of ours (bodies of the zone store excepted). */
const MAX_JSON_BYTES = 256 * 1024

const MAX_TEXT = 2000

const decoder = new TextDecoder('utf-8', {fatal: true})

/**
 * Decodes and checks an untrusted JSON message. `common` reads the form that most messages have, without the schema, and as the
 * schema would. Throws MalformedMessageError.
 */
export function decodeJson<T>(
  schema: z.ZodType<T>,
  data: Uint8Array,
  subject: string,
  common?: (json: unknown) => T | undefined,
): T {
  if (data.length > MAX_JSON_BYTES) throw new MalformedMessageError(`a message on ${subject} is too large`)
  let json: unknown
  try {
    json = JSON.parse(decoder.decode(data))
  } catch (cause) {
    throw new MalformedMessageError(`a message on ${subject} is no JSON`, {cause})
  }
  return common?.(json) ?? decode(schema, json, subject)
}

/** The same for what is JSON already. */
export function decode<T>(schema: z.ZodType<T>, json: unknown, subject: string): T {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new MalformedMessageError(`a message on ${subject} is malformed: ${z.prettifyError(parsed.error)}`)
}

/** Cuts every text to the length that `decodeJson`'s schemas take: a long error must not cost the report that tells it. */
export function encodeJson(value: object): Uint8Array {
  const whole = JSON.stringify(value)
  // What is no longer than one text may be has none that is too long: to look at each costs more than the rest.
  if (whole.length <= MAX_TEXT) return Buffer.from(whole)
  return Buffer.from(JSON.stringify(value, (_, text) => (isTooLong(text) ? text.slice(0, MAX_TEXT) : text)))
}

function isTooLong(value: unknown): value is string {
  return typeof value === 'string' && value.length > MAX_TEXT
}

/**
 * Who may publish on a subject is what the broker's permissions say, so nobody may speak for another in the message itself.
 * Throws MalformedMessageError.
 */
export function checkSubject(subject: string, expected: string): void {
  if (subject !== expected) throw new MalformedMessageError(`a message on ${subject} belongs on ${expected}`)
}

// Schemas are lazy, since most commands never read a message of their kind: to make one costs more than to use it once.

/** A zone name in canonical text. */
export const zoneNameSchema = z
  .string()
  .max(1100)
  .transform((text, context): ZoneName => {
    try {
      const name = zoneName(text)
      if (name === text) return name
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : String(error))
      return z.NEVER
    }
    context.addIssue('is not in canonical form')
    return z.NEVER
  })

export const errorReportSchema = z.lazy(() =>
  z.object({
    code: z.string().max(100),
    message: z.string().max(MAX_TEXT),
    hints: z.array(z.string().max(MAX_TEXT)).max(10),
  }),
)

export const countSchema = z.int().nonnegative()

export const pauseSchema = z.lazy(() =>
  z.object({
    since: countSchema,
    until: countSchema.exactOptional(),
    reason: z.string().max(MAX_TEXT).exactOptional(),
    by: z.string().max(300),
  }),
)
