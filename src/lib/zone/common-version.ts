type Fields = Partial<Record<string, unknown>>

const DIGEST = /^[A-Za-z0-9_-]{43}$/
const SIGNATURE = /^[A-Za-z0-9_-]{86}$/
const KEY = /^[0-9a-f]{16}$/

/**
 * A version's header of the form that nearly all have: of an unsigned zone, inline, with a zone-provider's signature. They come by
 * the thousands, and read by hand they cost a tenth of what the schema does; undefined is for all others, and for whatever is wrong
 * with one: the schema knows what to say of it.
 */
export function commonVersion(json: unknown) {
  if (!isObject(json, 11) || json.kind !== 'version') return undefined
  const {content, digest, records, bytes, messages, packed, event, at} = json
  const serial = serialOf(json.fingerprint)
  const signed = signedOf(json.signed)
  if (serial === undefined || !signed || !isText(content, DIGEST) || !isText(digest, DIGEST)) return undefined
  if (!isCount(records) || !isCount(bytes) || !isCount(messages) || !isCount(packed)) return undefined
  if (!isCount(event) || !isCount(at)) return undefined
  const fingerprint = {serial, signatures: []}
  const kind = 'version' as const
  return {kind, fingerprint, content, digest, records, bytes, messages, packed, event, at, signed}
}

/** Where there are no signatures and no keys. */
function serialOf(json: unknown): number | undefined {
  if (!isObject(json, 2)) return undefined
  const {serial, signatures} = json
  if (!Array.isArray(signatures) || signatures.length > 0) return undefined
  return isCount(serial) && serial <= 0xffff_ffff ? serial : undefined
}

function signedOf(json: unknown) {
  if (!isObject(json, 3)) return undefined
  const {key, sequence, signature} = json
  if (!isText(key, KEY) || !isCount(sequence) || !isText(signature, SIGNATURE)) return undefined
  return {key, sequence, signature}
}

/** With so many fields: where all that are looked for are there, there are no others. */
function isObject(json: unknown, fields: number): json is Fields {
  return typeof json === 'object' && json !== null && Object.keys(json).length === fields
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isText(value: unknown, form: RegExp): value is string {
  return typeof value === 'string' && form.test(value)
}
