import type {Config} from '../config/schema.js'
import type {ZoneName} from '../dns/name.js'
import {type Rrset, rrsetsOf} from '../dns/rrset.js'
import {typeName} from '../dns/types.js'
import {contentOf} from '../dns/zone-file/lines.js'
import {type ErrorReport, reportOf} from '../errors.js'
import {type DiffOptions, diffRrsets, type RrsetDiff} from '../sync/compare/diff-rrsets.js'
import {NoSecondaryError} from '../sync/errors.js'
import type {System} from './system.js'
import {readZoneFrom, type ZoneContents, type ZoneServer} from './zone-contents.js'

/** An RRset that differs, as people and scripts read it. */
export interface DifferentRrset {
  name: string
  type: string
  removed: Array<{ttl: number; content: string}>
  added: Array<{ttl: number; content: string}>
}

/** What one server has of a zone and another one has not. */
export interface ZoneDiff {
  zone: ZoneName
  between: readonly [ZoneServer, ZoneServer]
  same: boolean
  serials?: readonly [number, number]
  rrsets: DifferentRrset[]
  /** Why the second could not be compared. */
  error?: ErrorReport
}

/** The same with the records themselves, for showing it. */
export interface ZoneComparison extends Omit<ZoneDiff, 'rrsets'> {
  differences: readonly RrsetDiff[]
}

export interface DiffRequest extends DiffOptions {
  zone: ZoneName
  /** Without: the primary, or where it is not configured the store, with every active secondary. */
  between?: readonly [ZoneServer, ZoneServer] | undefined
  /** Told before a server is read. */
  onRead?(from: ZoneServer): void
}

/**
 * Compares all records of a zone between servers, at this moment. A secondary that was not named and cannot be compared is told
 * about; otherwise rejects as `readZoneFrom` does, and with NoSecondaryError where no secondary is active.
 */
export async function* compareZone(
  system: System,
  config: Config,
  {zone, between, signatures, onRead}: DiffRequest,
  signal: AbortSignal,
): AsyncGenerator<ZoneComparison> {
  const [from, others] = between
    ? [between[0], [between[1]]]
    : [config.primary ? 'primary' : 'store', await activeSecondaries(system, signal)]
  onRead?.(from)
  const first = await readZoneFrom(system, config, {zone, from}, signal)
  for (const other of others) {
    const pair = {zone, between: [from, other] as const}
    onRead?.(other)
    try {
      const second = await readZoneFrom(system, config, {zone, from: other}, signal)
      yield {...pair, ...compared(first, second, {signatures})}
    } catch (error) {
      signal.throwIfAborted()
      if (between) throw error
      yield {...pair, same: false, differences: [], error: reportOf(error)}
    }
  }
}

/** For `--json`. */
export function diffOf({differences, ...rest}: ZoneComparison): ZoneDiff {
  return {...rest, rrsets: differences.map(differentRrset)}
}

export function differentRrset({name, type, removed, added}: RrsetDiff): DifferentRrset {
  const texts = (rdatas: Rrset['rdatas']) =>
    rdatas.map((rdata) => ({ttl: rdata.ttl, content: contentOf(rdata)}))
  return {name, type: typeName(type), removed: texts(removed), added: texts(added)}
}

function compared(first: ZoneContents, second: ZoneContents, options: DiffOptions) {
  const rrsets = ({zone, messages}: ZoneContents) => rrsetsOf(zone, messages)
  const differences = [...diffRrsets(rrsets(first), rrsets(second), options)]
  const serials = [first.serial, second.serial] as const
  return {same: differences.length === 0, serials, differences}
}

async function activeSecondaries(system: System, signal: AbortSignal): Promise<string[]> {
  const active = (await system.secondaries(signal)).filter((secondary) => secondary.active)
  if (active.length > 0) return active.map(({secondary}) => secondary)
  throw new NoSecondaryError('no secondary is active, so there is nothing to compare with', {
    hints: ['Name both sides: `--between primary,store`'],
  })
}
