import {type ZoneName, zoneName} from '../dns/name.js'
import type {ZoneEvent} from '../zone/event.js'
import type {Provision, Receipt} from '../zone/report.js'

/*
 * Nearly all messages are of these forms, and come by the thousands. Read by hand they cost a tenth of what their schemas
 * do; undefined is for all others, and for whatever is wrong with one: the schemas know what to say of them.
 */

type Fields = Partial<Record<string, unknown>>

/** A zone's state in the store. */
export function commonProvision(json: unknown): Provision | undefined {
  if (!isObject(json)) return undefined
  const {zone, event, at, outcome, revision} = json
  const isCommon = outcome === 'stored' || outcome === 'unchanged' || outcome === 'tombstone'
  if (!isCommon || !isZone(zone) || !isCount(event) || !isCount(at) || !isCount(revision)) return undefined
  return {zone, event, at, outcome, revision}
}

/** A zone that is served, though nobody ordered it. */
export function commonReceipt(json: unknown): Receipt | undefined {
  if (!isObject(json) || json.ordered !== undefined) return undefined
  const {zone, event, at, secondary, revision, ms, outcome, serial} = json
  if (outcome !== 'served' || !isZone(zone) || !isText(secondary, 63) || !isDuration(ms)) return undefined
  if (!isCount(event) || !isCount(at) || !isCount(revision) || !isCount(serial)) return undefined
  return {zone, event, at, secondary, revision, ms, outcome, serial}
}

/** The body of an event that an API call caused. */
export function commonEvent(json: unknown): Required<Omit<ZoneEvent, 'verb' | 'zone'>> | undefined {
  if (!isObject(json)) return undefined
  const {id, source, call, at} = json
  if (!isText(id, 200) || id === '' || !isText(source, 200) || !isText(call, 2000)) return undefined
  return isCount(at) ? {id, source, call, at} : undefined
}

function isObject(json: unknown): json is Fields {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value !== Number.POSITIVE_INFINITY
}

function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.length <= most
}

/** In canonical form. */
function isZone(value: unknown): value is ZoneName {
  if (!isText(value, 1100)) return false
  try {
    return zoneName(value) === value
  } catch {
    return false
  }
}
