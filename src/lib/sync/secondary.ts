import type {Difference} from '../dns/difference.js'
import type {ZoneName} from '../dns/name.js'
import type {Fingerprint} from '../zone/fingerprint.js'

/** A zone as a secondary's PowerDNS has it. */
export interface LocalZone {
  zone: ZoneName
  kind: string
  masters: readonly string[]
  serial: number
  /** When PowerDNS last transferred it or found it fresh, seconds since 1970. */
  lastCheck: number
}

/** A secondary's PowerDNS, as far as applying versions needs it. */
export interface SecondaryApi {
  /** A call is about to come. */
  prepare(): void
  getZone(zone: ZoneName, signal: AbortSignal): Promise<LocalZone | undefined>
  /** False where the server has a zone of this name, be it ours or not. */
  createSecondary(zone: ZoneName, masters: readonly string[], signal: AbortSignal): Promise<boolean>
  /**
   * The same with all of its RRsets, and as `amend` does it. `found`: the server has a zone of this name, be it ours or not.
   */
  createWith(
    zone: ZoneName,
    masters: readonly string[],
    contents: Difference,
    signal: AbortSignal,
  ): Promise<'created' | 'found' | 'refused' | 'unfit'>
  deleteZone(zone: ZoneName, signal: AbortSignal): Promise<'deleted' | 'absent'>
  /** False where the zone does not exist. */
  retrieve(zone: ZoneName, signal: AbortSignal): Promise<boolean>
  /**
   * Changes RRsets of a secondary zone, its SOA among them, all or none; resolves when that is committed. `refused`: PowerDNS did
   * not take it; `absent`: it has no such zone; `unfit`: it was not asked, because it might read some of it otherwise.
   */
  amend(
    zone: ZoneName,
    difference: Difference,
    signal: AbortSignal,
  ): Promise<'amended' | 'refused' | 'absent' | 'unfit'>
  /** Has PowerDNS forget what it cached of the zone; with `metadata` also whether and how it is signed. */
  flush(zone: ZoneName, signal: AbortSignal, options?: {metadata: boolean}): Promise<void>
}

/** What a secondary's PowerDNS answers over DNS. */
export interface ServedState {
  fingerprintOf(
    zone: ZoneName,
    signal: AbortSignal,
    options: {keys: boolean},
  ): Promise<({state: 'served'} & Fingerprint) | {state: 'not-served'}>
}

/** Says which version a secondary's PowerDNS is. */
export interface LocalVersion {
  version(signal: AbortSignal): Promise<string>
}

/** Lists the zones of a secondary's PowerDNS, one after the other: there may be a million of them. */
export interface LocalZones {
  eachZone(signal: AbortSignal, options: {dnssec: false}): AsyncIterable<LocalZone>
}

/** Those that are ours, with their serials. */
export async function ourSerials(
  api: LocalZones,
  masters: readonly string[],
  signal: AbortSignal,
): Promise<Map<ZoneName, number>> {
  const ours = new Map<ZoneName, number>()
  for await (const local of api.eachZone(signal, {dnssec: false}))
    if (isOurs(local, masters)) ours.set(local.zone, local.serial)
  return ours
}

/** True for a secondary zone that transfers from one of our own addresses: only such zones are ever changed or deleted. */
export function isOurs({kind, masters}: LocalZone, own: readonly string[]): boolean {
  return kind === 'secondary' && masters.length > 0 && masters.every((master) => own.includes(master))
}
