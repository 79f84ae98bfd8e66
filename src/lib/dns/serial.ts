/** A SOA serial: an unsigned 32-bit number (RFC 1035 §3.3.13), so up to 4294967295. */
export type Serial = number

/** RFC 1982 §3.2: survives the wrap at 2^32; undefined at exactly half the space, where we say false. */
export function isNewer(candidate: Serial, current: Serial): boolean {
  const ahead = (candidate - current) >>> 0
  return ahead > 0 && ahead < 2 ** 31
}

/** The earlier of two times on the wire, which are compared as serials are (RFC 4034 §3.1.5): until 2106 and beyond. */
export function earlierTime(a: number, b: number): number {
  return isNewer(a, b) ? b : a
}

/**
 * How many seconds after `now` (milliseconds since 1970) a time on the wire lies, negative where it is past: the one of all
 * times that the 32 bits can mean that is nearest to now (RFC 4034 §3.1.5).
 */
export function secondsUntil(time: number, now: number): number {
  return (time - Math.floor(now / 1000)) | 0
}
