import {PowerDnsRequestError, PowerDnsUnauthorizedError} from './errors.js'

/** Of PowerDNS's own words, which go into logs and receipts. */
const MAX_WORDS = 500

export interface Answer {
  status: number
  text: string
}

/** Whether PowerDNS met a locked database, and may be asked again. */
export function lockedOut({status, text}: Answer): boolean {
  return status >= 500 && new PowerDnsRequestError(text, status).databaseLocked
}

/** The text of an answer that is a success. Throws PowerDnsUnauthorizedError or PowerDnsRequestError. */
export function accepted({status, text}: Answer): string {
  if (status >= 200 && status < 300) return text
  if (status === 401 || status === 403) {
    throw new PowerDnsUnauthorizedError(`PowerDNS refused the API key (${status})`, {
      hints: ['Compare `api_key` with `api-key` in pdns.conf, and `webserver-allow-from` with this host'],
    })
  }
  throw new PowerDnsRequestError(`PowerDNS answered ${status}: ${errorText(text)}`, status)
}

function errorText(text: string): string {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === 'object' && body !== null && 'error' in body)
      return String(body.error).slice(0, MAX_WORDS)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return text.slice(0, MAX_WORDS) || 'no reason given'
}

/** Why a request had no answer. */
export function wordsOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(wordsOf).join(', ')
  return cause instanceof Error ? cause.message : String(cause)
}
