import type {HealthSnapshot} from '../../sync/watch/health.js'
import type {HealthLimits} from '../../sync/watch/judgement.js'
import {printable} from '../printable.js'

const REASONS = 5

/** One line as monitoring plugins print it: the state, why, and performance data. */
export function nagiosLine(snapshot: HealthSnapshot, limits: HealthLimits): string {
  const {state, reasons, secondaries, zones} = snapshot
  const more = reasons.length > REASONS ? [`and ${reasons.length - REASONS} more`] : []
  const why = [...reasons.slice(0, REASONS), ...more].join('; ')
  const fine = `${secondaries.length} secondaries serve ${zones.present} zones`
  const data = performanceData(snapshot, limits).join(' ')
  return `PDIST ${state.toUpperCase()} - ${harmless(why || fine)}|${data}`
}

/** For what could not be found out. */
export function nagiosUnknown({code, message}: {code: string; message: string}): string {
  return `PDIST UNKNOWN - ${harmless(`${message} (${code})`)}`
}

/** `label=value[unit];warning;critical;least`; a value that is not known is `U`. */
function performanceData(snapshot: HealthSnapshot, limits: HealthLimits): string[] {
  const {secondaries, zones, events, plans, daemons, convergence} = snapshot
  const active = secondaries.filter(({state}) => state !== 'inactive' && state !== 'paused')
  const held = plans.filter(({status}) => status === 'held')
  const {p99Warning = '', p99Critical = ''} = limits
  const milliseconds = (ms: number | undefined) => (ms === undefined ? 'U' : `${ms}ms`)
  return [
    `secondaries=${secondaries.length};;;0`,
    `active=${active.length};;;0;${secondaries.length}`,
    `lag=${Math.max(0, ...active.map(({lag}) => lag))}s;${limits.lagWarning};${limits.lagCritical};0`,
    `zones=${zones.present};;;0`,
    `pending=${active.reduce((sum, {pending}) => sum + pending, 0)};;;0`,
    `events=${events.waiting};;;0`,
    `held=${held.length};;;0`,
    `daemons=${daemons.length};;;0`,
    `p50=${milliseconds(convergence.p50Ms)};;;0`,
    `p99=${milliseconds(convergence.p99Ms)};${p99Warning};${p99Critical};0`,
  ]
}

/** What follows a `|` is taken for performance data. */
function harmless(text: string): string {
  return printable(text).replaceAll('|', '/')
}
