import type {Config} from '../config/schema.js'
import {zoneName} from '../dns/name.js'
import type {GuardLimits} from '../sync/compare/guard.js'

/** What a transfer may take. */
export function transferLimits({zoneProvider}: Config) {
  const {transferBytes, transferRecords, transferStart, transferIdle, transferTotal} = zoneProvider
  return {
    bytes: transferBytes,
    records: transferRecords,
    startMs: transferStart,
    idleMs: transferIdle,
    totalMs: transferTotal,
  }
}

export function guardLimits({guard}: Config): GuardLimits {
  const {exempt, ...limits} = guard
  return {...limits, exempt: new Set(exempt.map(zoneName))}
}
