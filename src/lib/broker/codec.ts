import {z} from 'zod'
import {type ZoneName, zoneName} from '../dns/name.js'
import {MalformedMessageError} from './errors.js'

/** A message that is larger than this is not one of ours (bodies of the zone store excepted). */
const MAX_JSON_BYTES = 256 * 1024

const decoder = new TextDecoder('utf-8', {fatal: true})

/** Decodes and checks an untrusted JSON message. Throws MalformedMessageError. */
export function decodeJson<T>(schema: z.ZodType<T>, data: Uint8Array, subject: string): T {
  if (data.length > MAX_JSON_BYTES) throw new MalformedMessageError(`a message on ${subject} is too large`)
  let json: unknown
  try {
    json = JSON.parse(decoder.decode(data))
  } catch (cause) {
    throw new MalformedMessageError(`a message on ${subject} is no JSON`, {cause})
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new MalformedMessageError(`a message on ${subject} is malformed: ${z.prettifyError(parsed.error)}`)
}

export function encodeJson(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

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

export const errorReportSchema = z.object({
  code: z.string().max(100),
  message: z.string().max(4000),
  hints: z.array(z.string().max(1000)).max(10),
})

export const countSchema = z.int().nonnegative()
