import {flawed, type Kind} from './kinds.js'

/** The origin of a PowerDNS API: `http://[::1]:8081`. pdist adds the path itself. */
export const apiUrl: Kind<string> = url(['http:', 'https:'], 'http://[::1]:8081')

/** A NATS server: `nats://[::1]:4222` or `tls://broker.example.org:4222`. */
export const brokerUrl: Kind<string> = url(['nats:', 'tls:'], 'nats://[::1]:4222')

function url(protocols: readonly string[], example: string): Kind<string> {
  return {
    read(value) {
      if (typeof value !== 'string') return flawed(`expected a URL such as "${example}"`)
      const mistake = mistakeIn(value, protocols, example)
      return mistake === undefined ? {value: value.replace(/\/$/, '')} : flawed(mistake)
    },
    fromText: (value) => value,
  }
}

function mistakeIn(value: string, protocols: readonly string[], example: string): string | undefined {
  const names = protocols.map((protocol) => `${protocol}//`).join(' or ')
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) {
    return `expected a URL that begins with ${names}, such as "${example}"`
  }
  // Also one that URL would take for a part of the path, which is quoted below.
  if (value.includes('@')) return 'must not hold a user or a password: they have keys of their own'
  // Most schemes are opaque to URL, which then accepts almost anything as a host.
  const parsed = URL.parse(value.replace(/^[^:]+:/, 'http:'))
  if (!parsed) return `expected a URL such as "${example}"`
  const protocol = value.slice(0, value.indexOf(':') + 1).toLowerCase()
  if (!protocols.includes(protocol)) return `must begin with ${names}, not with ${protocol}//`
  if (parsed.search || parsed.hash) return 'must not have a query or a fragment'
  if (parsed.pathname !== '/') return `must not have a path: leave out "${parsed.pathname}"`
  return undefined
}
