import {isIPv4, isIPv6, SocketAddress} from 'node:net'

/** Where to listen or to connect: a numeric address without brackets (or a host name, where one is allowed). */
export interface Address {
  readonly host: string
  readonly port: number
}

const WITH_PORT = /^(?:\[(?<v6>[^\]]*)\]|(?<host>[^:[\]\s]+)):(?<port>\d{1,5})$/
const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?$/i

/**
 * Reads `[::1]:53`, `127.0.0.1:53` or, where `names` are allowed, `ns.example.org:53`; undefined for anything
 * else. IPv6 comes back in the canonical form of RFC 5952, so that equal addresses are equal strings.
 */
export function parseAddress(text: string, {names}: {names: boolean}): Address | undefined {
  const {v6, host, port: digits} = WITH_PORT.exec(text)?.groups ?? {}
  const port = Number(digits)
  if (digits === undefined || port > 65_535) return undefined
  if (v6 !== undefined) {
    const canonical = canonicalIPv6(v6)
    return canonical === undefined ? undefined : {host: canonical, port}
  }
  if (host === undefined) return undefined
  // Digits and dots that are no IPv4 address are a mistake, not a name.
  const acceptable = isIPv4(host) || (names && HOST_NAME.test(host) && !/^[\d.]+$/.test(host))
  return acceptable ? {host, port} : undefined
}

/** The text that `parseAddress` reads. */
export function formatAddress({host, port}: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** True for the addresses that stand for "all of this machine's": `0.0.0.0` and `::`. */
export function isWildcard({host}: Address): boolean {
  return host === '0.0.0.0' || host === '::'
}

/** True for an IP address, alone or with a prefix length (`10.0.0.0/8`, `2001:db8::/32`). */
export function isNetwork(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/')
  const is4 = isIPv4(address)
  if (!is4 && canonicalIPv6(address) === undefined) return false
  if (rest.length > 0 || address.includes('%')) return false
  if (length === undefined) return true
  return /^\d{1,3}$/.test(length) && Number(length) <= (is4 ? 32 : 128)
}

/** Undefined for what is no IPv6 address. */
function canonicalIPv6(address: string): string | undefined {
  // A zone index (fe80::1%eth0) means something on this machine only; it stays as it is.
  if (address.includes('%')) return isIPv6(address) ? address : undefined
  try {
    // As good as isIPv6, whose regular expression takes 6 ms to compile, when a command starts.
    return new SocketAddress({address, family: 'ipv6'}).address
  } catch {
    return undefined
  }
}
