const SECRETS: ReadonlySet<string> = new Set([
  'password',
  'token',
  'secret',
  'apiKey',
  'api_key',
  'tsigSecret',
  'tsig_secret',
  'authorization',
  'cookie',
  'x-api-key',
])

const HIDDEN = '(hidden)'
/** Fields at the top, and up to so many levels below. */
const LEVELS = 2

type Fields = Record<string, unknown>

/**
 * The net below "never log a secret": fields of these names, at the top and up to two levels down, hold something else. What has
 * none of them comes back as it is; else what is above them is a copy.
 */
export function hideSecrets(fields: Fields): Fields {
  return hidden(fields, LEVELS) as Fields
}

/** A logger's own redaction looks for each of its paths in each field of each line: that took longer than all else that a line costs. */
function hidden(value: object, levels: number): object {
  let copy: Fields | undefined
  for (const [name, field] of Object.entries(value)) {
    const safe = SECRETS.has(name)
      ? HIDDEN
      : levels > 0 && isNested(name, field)
        ? hidden(field, levels - 1)
        : field
    if (safe === field) continue
    copy ??= {...value}
    copy[name] = safe
  }
  return Array.isArray(value) && copy ? Object.values(copy) : (copy ?? value)
}

/** What is logged as `error` is told by its report, which has no fields of anybody's choice. */
function isNested(name: string, field: unknown): field is object {
  return typeof field === 'object' && field !== null && !(name === 'error' && field instanceof Error)
}
