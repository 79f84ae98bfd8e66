import {isIP, isIPv6, SocketAddress} from 'node:net'

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
  if (v6 !== undefined) return isIPv6(v6) ? {host: canonicalIPv6(v6), port} : undefined
  if (host === undefined) return undefined
  // Digits and dots that are no IPv4 address are a mistake, not a name.
  const acceptable = isIP(host) === 4 || (names && HOST_NAME.test(host) && !/^[\d.]+$/.test(host))
  return acceptable ? {host, port} : undefined
}

/** The text that `parseAddress` reads. */
export function formatAddress({host, port}: Address): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** True for the addresses that stand for "all of this machine's": `0.0.0.0` and `::`. */
export function isWildcard({host}: Address): boolean {
  return host === '0.0.0.0' || host === '::'
}

/** True for an IP address, alone or with a prefix length (`10.0.0.0/8`, `2001:db8::/32`). */
export function isNetwork(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0 || address.includes('%')) return false
  if (length === undefined) return true
  return /^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128)
}

function canonicalIPv6(address: string): string {
  // A zone index (fe80::1%eth0) means something on this machine only; it stays as it is.
  return address.includes('%') ? address : new SocketAddress({address, family: 'ipv6'}).address
}
