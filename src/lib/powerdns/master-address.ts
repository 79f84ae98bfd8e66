import {isIPv6} from 'node:net'

const DNS_PORT = 53

/** The address of a primary as PowerDNS stores and lists it: `192.0.2.1:20102`, `[2001:db8::1]:20102`, without `:53`. */
export function masterAddress({host, port}: {host: string; port: number}): string {
  if (port === DNS_PORT) return host
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}
