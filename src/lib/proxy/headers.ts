import {WAIT_HEADER} from './wait-request.js'

/** RFC 9110 §7.6.1: they are about one connection, not about the message. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * The headers of a request as they are forwarded: names, values, order and duplicates as they came, without those that are
 * about the connection. `Expect` has been answered here already, `Pdist-Wait` is for us.
 * @param raw name, value, name, value, …
 */
export function requestHeaders(raw: readonly string[]): string[] {
  return endToEnd(raw, (name) => name !== 'expect' && name !== WAIT_HEADER)
}

/** The headers of an answer as they are passed back. */
export function answerHeaders(raw: readonly string[]): string[] {
  return endToEnd(raw, () => true)
}

function endToEnd(raw: readonly string[], isWanted: (name: string) => boolean): string[] {
  const options = connectionOptions(raw)
  const kept: string[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name = '', value = ''] = raw.slice(i, i + 2)
    const lower = name.toLowerCase()
    if (!HOP_BY_HOP.has(lower) && !options.has(lower) && isWanted(lower)) kept.push(name, value)
  }
  return kept
}

function connectionOptions(raw: readonly string[]): Set<string> {
  const options = new Set<string>()
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]?.toLowerCase() !== 'connection') continue
    for (const option of (raw[i + 1] ?? '').split(',')) options.add(option.trim().toLowerCase())
  }
  // Whatever a client names there, a message keeps its length and its destination.
  options.delete('content-length')
  options.delete('host')
  return options
}
