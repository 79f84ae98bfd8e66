import type {ZoneName} from '../../src/lib/dns/name.js'
import type {Happening} from '../../src/lib/zone/happening.js'

export function event(zone: ZoneName, sequence: number, time: number): Happening {
  return {
    ...{kind: 'event', time, sequence},
    event: {verb: 'modified', zone, id: `${sequence}`, source: 'test', at: time},
  }
}

export function provision(
  zone: ZoneName,
  sequence: number,
  time: number,
  outcome: 'stored' | 'absent' | 'failed',
): Happening {
  const about = {zone, event: sequence, at: time}
  if (outcome === 'stored')
    return {kind: 'provision', time, provision: {...about, outcome, revision: sequence}}
  if (outcome === 'absent') return {kind: 'provision', time, provision: {...about, outcome}}
  const error = {code: 'PDIST_X', message: 'no transfer', hints: []}
  return {kind: 'provision', time, provision: {...about, outcome, error}}
}

export function receipt(
  secondary: string,
  zone: ZoneName,
  sequence: number,
  time: number,
  outcome: 'served' | 'failed' = 'served',
): Happening {
  const about = {zone, event: sequence, at: time, secondary, revision: sequence, ms: 5}
  if (outcome === 'served') return {kind: 'receipt', time, receipt: {...about, outcome, serial: sequence}}
  const error = {code: 'PDIST_X', message: 'database is locked', hints: []}
  return {kind: 'receipt', time, receipt: {...about, outcome, error}}
}
