import type {ZoneName} from '../dns/name.js'
import {zoneName} from '../dns/name.js'
import {PdistError} from '../errors.js'

declare const key: unique symbol

/**
 * A zone's key in the broker: PowerDNS's zone id without the trailing dot (bytes outside `[A-Za-z0-9.-]` as `=XX` in upper-case
 * hex; the root is `=2E`). It is valid as a KV key and as the end of a subject. One difference: a dot *inside* a label is
 * `=5C=2E`, where PowerDNS writes `=5C.`, because two dots in a row are no subject. PowerDNS reads both as the same zone.
 */
export type ZoneKey = string & {readonly [key]: true}

export class InvalidZoneKeyError extends PdistError {
  readonly code = 'PDIST_INVALID_ZONE_KEY'
}

export function zoneKey(zone: ZoneName): ZoneKey {
  const relative = zone === '.' ? '\\.' : zone.slice(0, -1)
  const escaped = relative.replace(/\\\.|[^a-z0-9.-]/g, (found) => {
    if (found === '\\.') return zone === '.' ? '=2E' : '=5C=2E'
    return `=${found.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
  return escaped as ZoneKey
}

/** The inverse of `zoneKey`. Throws InvalidZoneKeyError for anything that `zoneKey` never returns. */
export function zoneOfKey(text: string): ZoneName {
  const decoded = text.replace(/=([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  try {
    const zone = zoneName(decoded)
    if (zoneKey(zone) === text) return zone
  } catch (cause) {
    throw new InvalidZoneKeyError(`"${text}" is no zone key`, {cause})
  }
  throw new InvalidZoneKeyError(`"${text}" is no zone key in canonical form`)
}
