import {amount, count, duration, timeOfDay} from '../../figures.js'
import type {ChangeView} from '../../sync/watch/changes.js'
import type {DaemonHealth, HealthSnapshot} from '../../sync/watch/health.js'
import type {LiveView} from '../../sync/watch/live.js'
import {colorOf} from './secondaries.js'
import {type Line, plain, said, spread, title} from './text.js'

/** The state of all of it, in one line. */
export function headerLine({health, link, changes, now}: LiveView, columns: number): Line {
  const state = link.state === 'up' && health ? health.state : 'unknown'
  const color = colorOf(state) ?? 'gray'
  const active = health?.secondaries.filter(({state}) => state !== 'inactive' && state !== 'paused').length
  const facts = health
    ? `  ${active} of ${count(health.secondaries.length, 'secondary', 'secondaries')} active  ` +
      `${count(health.zones.present, 'zone')}  ${changes.inFlight} in flight`
    : '  waiting for what there is'
  const left: Line = [{text: ` ${state.toUpperCase()} `, color, bold: true, inverse: true}, ...plain(facts)]
  return spread(left, [{text: timeOfDay(now), color: 'gray'}], columns)
}

/** What is wrong, the worst first; while the broker is away only that is known. */
export function reasonLines({link, health, now}: LiveView): Line[] {
  if (link.state === 'away') {
    const last = link.lastAt === undefined ? 'waiting for it' : `last state from ${timeOfDay(link.lastAt)}`
    const why = link.error ? ` (${said(link.error.message)})` : ''
    const words = `! broker away since ${duration(Math.max(0, now - link.since))}, ${last}${why}`
    return [[{text: words, color: 'red', bold: true}]]
  }
  const color = health ? colorOf(health.state) : undefined
  return (health?.reasons ?? []).map((reason) => [{text: `! ${said(reason)}`, ...(color ? {color} : {})}])
}

/** Held plans and signatures that end, where there are any, each in one line. */
export function noticeLines({health, signatures}: LiveView): Line[] {
  const [held, ...others] = health?.plans.filter(({status}) => status === 'held') ?? []
  const more =
    others.length > 0 ? `  +${others.length} more (pdist plan list)` : `  (pdist plan show ${held?.id})`
  const plans: Line = [
    {text: 'Plan held   ', bold: true},
    {text: `${held?.id}  ${said(held?.reason ?? '')}${more}`, color: 'red'},
  ]
  const {expiring, expired, soonest} = signatures
  const first = soonest
    .slice(0, 3)
    .map(({zone, left}) => `${said(zone)} ${left <= 0 ? 'ended' : `in ${duration(left * 1000)}`}`)
  const ending: Line = [
    {text: 'Signatures  ', bold: true},
    {
      text: `${expired} ended, ${expiring} about to end: ${first.join(', ')}`,
      color: expired > 0 ? 'red' : 'yellow',
    },
  ]
  return [...(held ? [plans] : []), ...(expiring + expired > 0 ? [ending] : [])]
}

export function convergenceTitle({health}: LiveView): Line {
  const {proofs = 0, seconds = 300, p50Ms, p99Ms} = health?.convergence ?? {}
  const figures =
    p50Ms === undefined || p99Ms === undefined
      ? 'no change'
      : `p50 ${duration(p50Ms)}  p99 ${duration(p99Ms)}  ${count(proofs, 'proof')}`
  return [...title('Convergence'), ...plain(`  last ${seconds / 60} minutes: ${figures}`)]
}

const BAR = 20

export function changeLine({zone, verb, source, state, proved, expected, ms, because}: ChangeView): Line {
  const filled = expected === 0 ? 0 : Math.round((proved / expected) * BAR)
  const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}`
  const color = state === 'done' ? 'gray' : state === 'failed' ? 'red' : 'cyan'
  const tail = because === undefined ? `${verb} by ${said(source)}` : said(because)
  const words = `  ${bar} ${`${proved}/${expected}`.padStart(7)} ${duration(ms).padStart(7)}  ${said(zone)}  ${tail}`
  return [{text: words, color}]
}

export function brokerLine({health}: LiveView): Line {
  if (!health) return plain('Broker')
  const {server, version, streams} = health.broker
  const ill = streams.filter(({state}) => state !== 'ok')
  const stored = amount(streams.reduce((sum, stream) => sum + stream.bytes, 0))
  const found =
    ill.length === 0
      ? `${streams.length} streams ok, ${stored}`
      : ill.map(({name, state}) => `${name} ${state}`).join(', ')
  const {waiting, inFlight} = health.events
  const words = `${said(server)} (${said(version)})  ${waiting} events waiting, ${inFlight} in hand  ${found}`
  return [
    {text: 'Broker   ', bold: true},
    {text: words, ...(ill.length > 0 ? {color: 'yellow' as const} : {})},
  ]
}

/** The daemons by role, in one line. */
export function daemonsLine({daemons}: HealthSnapshot): Line {
  const roles = Map.groupBy(daemons, ({daemon}) => daemon)
  const words = [...roles].map(([role, all]) => {
    const unready = all.filter(({ready}) => !ready).length
    const name = all.length === 1 ? role : `${all.length} ${role}s`
    return unready === 0 ? name : `${name} (${unready} not ready)`
  })
  return [...title('Daemons  '), ...plain(words.length === 0 ? 'none answers' : words.join('  '))]
}

export function daemonLines({daemons}: HealthSnapshot): Line[] {
  const width = Math.max(0, ...daemons.map((daemon) => nameOf(daemon).length))
  const host = Math.max(0, ...daemons.map((daemon) => said(daemon.host).length))
  return daemons.map((daemon): Line => {
    const state = daemon.ready ? 'ready' : `waits for ${daemon.missing.join(', ')}`
    const clock = Math.abs(daemon.clockAheadMs) < 1000 ? '' : `  clock ${signed(daemon.clockAheadMs)}`
    const words =
      `  ${nameOf(daemon).padEnd(width)}  ${said(daemon.host).padEnd(host)}  pdist ${daemon.pdist}  ` +
      `${daemon.leads ? 'leads  ' : ''}${said(state)}${clock}`
    return [{text: words, ...(daemon.ready ? {} : {color: 'yellow' as const})}]
  })
}

function nameOf({daemon, secondary}: DaemonHealth): string {
  return secondary === undefined ? daemon : `${daemon} ${said(secondary)}`
}

function signed(ms: number): string {
  return `${ms > 0 ? '+' : '-'}${duration(Math.abs(ms))}`
}
