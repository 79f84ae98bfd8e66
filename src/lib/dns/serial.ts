/** A SOA serial: an unsigned 32-bit number (RFC 1035 §3.3.13), so up to 4294967295. */
export type Serial = number

/** RFC 1982 §3.2: survives the wrap at 2^32; undefined at exactly half the space, where we say false. */
export function isNewer(candidate: Serial, current: Serial): boolean {
  const ahead = (candidate - current) >>> 0
  return ahead > 0 && ahead < 2 ** 31
}
