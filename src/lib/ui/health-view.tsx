import {Box, renderToString, Text} from 'ink'
import {duration, percent} from '../figures.js'
import type {HealthSnapshot, SecondaryHealth} from '../sync/watch/health.js'
import {leastFree} from '../sync/watch/shortages.js'
import {colorOf} from './health/secondaries.js'
import {printable} from './printable.js'
import {type Column, tableLines} from './table.js'

const COLUMNS: readonly Column[] = [
  {head: 'SECONDARY'},
  {head: 'STATE'},
  {head: 'ZONES', align: 'right'},
  {head: 'PENDING', align: 'right'},
  {head: 'LAG', align: 'right'},
  {head: 'LOAD', align: 'right'},
  {head: 'MEM FREE', align: 'right'},
  {head: 'DISK FREE', align: 'right'},
  {head: 'STORE', align: 'right'},
  {head: 'HEARTBEAT', align: 'right'},
  {head: 'POWERDNS'},
  {head: 'PDIST'},
]

export interface HealthLook {
  /** Lines that are longer are cut off; without, none is. */
  columns?: number
  color: boolean
}

/** What no line of ours is longer than. */
const ENDLESS = 10_000

/** The whole system at one moment, as text. */
export function renderHealth(snapshot: HealthSnapshot, {columns = ENDLESS, color}: HealthLook): string {
  return renderToString(<HealthView snapshot={snapshot} color={color} />, {columns})
}

export function HealthView({snapshot, color}: {snapshot: HealthSnapshot; color: boolean}) {
  const {state, reasons, secondaries} = snapshot
  const [head, ...rows] = tableLines(COLUMNS, secondaries.map(cells))
  const colored = (of: string) => {
    const found = color ? colorOf(of) : undefined
    return found ? {color: found} : {}
  }
  return (
    <Box flexDirection="column">
      <Text>
        <Text bold={color} {...colored(state)}>
          {state.toUpperCase()}
        </Text>
        {summary(snapshot)}
      </Text>
      <Text>{convergence(snapshot)}</Text>
      <Text>{daemons(snapshot)}</Text>
      {secondaries.length > 0 && <Text bold={color}>{head}</Text>}
      {secondaries.map((secondary, index) => (
        <Text key={secondary.secondary} {...colored(secondary.state)}>
          {rows[index]}
        </Text>
      ))}
      {reasons.map((reason, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rendered once, and two may read the same
        <Text key={index}>{`! ${printable(reason)}`}</Text>
      ))}
      {secondaries.flatMap(({secondary, problems}) =>
        problems.map(({zone, code, message}) => (
          <Text key={`${secondary} ${zone}`}>{printable(`  ${secondary} ${zone} ${code}: ${message}`)}</Text>
        )),
      )}
    </Box>
  )
}

function summary({broker, zones, events}: HealthSnapshot): string {
  return (
    `  ${zones.present} zones, ${zones.deleted} tombstones  broker ${printable(broker.server)} (${printable(broker.version)})` +
    `  events waiting ${events.waiting}, in flight ${events.inFlight}`
  )
}

function convergence({convergence: {seconds, proofs, p50Ms, p99Ms}}: HealthSnapshot): string {
  if (p50Ms === undefined || p99Ms === undefined) return `no change within the last ${seconds / 60} minutes`
  return `last ${seconds / 60} minutes: p50 ${duration(p50Ms)}, p99 ${duration(p99Ms)}, ${proofs} proofs`
}

function daemons({daemons}: HealthSnapshot): string {
  const names = daemons.map(({daemon, secondary, ready, leads}) => {
    const notes = [
      ...(secondary ? [secondary] : []),
      ...(leads ? ['leads'] : []),
      ...(ready ? [] : ['not ready']),
    ]
    return notes.length === 0 ? daemon : `${daemon} (${notes.join(', ')})`
  })
  return printable(`daemons: ${names.join(', ') || 'none answers'}`)
}

function cells({secondary, state, zones, pending, lag, load, ...more}: SecondaryHealth): string[] {
  const {ageMs, versions, memory, disks, compared} = more
  const heartbeat = `${(ageMs / 1000).toFixed(1)} s`
  // What a silent secondary said last says nothing of now.
  const silent = state === 'inactive'
  const counts = silent
    ? [String(zones), '-', '-', '-']
    : [String(zones), String(pending), `${lag.toFixed(1)} s`, load.toFixed(2)]
  const free = silent
    ? ['-', '-']
    : [percent(memory && memory.available / memory.total), percent(leastFree(disks))]
  return [
    secondary,
    state,
    ...counts,
    ...free,
    silent ? '-' : equality(compared),
    heartbeat,
    versions.powerdns,
    versions.pdist,
  ]
}

/** How it compared with the store. */
function equality(compared: SecondaryHealth['compared']): string {
  if (!compared) return '-'
  return compared.differences === 0 ? 'equal' : `${compared.differences} differ`
}

/** What is left of it. */
