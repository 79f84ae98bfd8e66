import {hash} from 'node:crypto'

/**
 * What identifies a zone's keys and its denial of existence: base64url of half a SHA-256 over the apex DNSKEY and
 * NSEC3PARAM rdata, in any order. NSEC3PARAM's flags are left out: PowerDNS answers queries with 0 whatever the zone
 * that it transferred held, and RFC 5155 §4.1.2 knows no other value.
 */
export function hashKeySet(dnskeys: readonly Uint8Array[], nsec3params: readonly Uint8Array[]): string {
  const parts = [...sortedHex(dnskeys), '/', ...sortedHex(nsec3params.map(withoutFlags))]
  return Buffer.from(hash('sha256', parts.join(' '), 'hex').slice(0, 32), 'hex').toString('base64url')
}

function sortedHex(rdatas: readonly Uint8Array[]): string[] {
  return rdatas.map((rdata) => Buffer.from(rdata).toString('hex')).sort()
}

/** RFC 5155 §4.2: algorithm, flags, iterations, salt. */
function withoutFlags(rdata: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(rdata)
  if (copy.length > 1) copy[1] = 0
  return copy
}
