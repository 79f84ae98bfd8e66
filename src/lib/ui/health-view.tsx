import {Box, renderToString, Text} from 'ink'
import type {HealthSnapshot, SecondaryHealth} from '../sync/watch/health.js'
import {leastFree} from '../sync/watch/shortages.js'
import {printable} from './printable.js'
import {type Column, tableLines} from './table.js'

const COLORS = {ok: 'green', starting: 'cyan', warning: 'yellow', critical: 'red', inactive: 'red'} as const

const COLUMNS: readonly Column[] = [
  {head: 'SECONDARY'},
  {head: 'STATE'},
  {head: 'ZONES', align: 'right'},
  {head: 'PENDING', align: 'right'},
  {head: 'LAG', align: 'right'},
  {head: 'LOAD', align: 'right'},
  {head: 'MEMORY', align: 'right'},
  {head: 'DISK', align: 'right'},
  {head: 'STORE', align: 'right'},
  {head: 'HEARTBEAT', align: 'right'},
  {head: 'POWERDNS'},
  {head: 'PDIST'},
]

/** The whole system at one moment, as text; colors as the terminal allows. */
export function renderHealth(snapshot: HealthSnapshot, columns: number): string {
  return renderToString(<HealthView snapshot={snapshot} />, {columns})
}

export function HealthView({snapshot}: {snapshot: HealthSnapshot}) {
  const {state, broker, zones, events, secondaries, reasons} = snapshot
  const [head, ...rows] = tableLines(COLUMNS, secondaries.map(cells))
  return (
    <Box flexDirection="column">
      <Text>
        <Text bold color={COLORS[state]}>
          {state.toUpperCase()}
        </Text>
        {`  ${zones.present} zones, ${zones.deleted} tombstones  broker ${broker.server} (${broker.version})`}
        {`  events waiting ${events.waiting}, in flight ${events.inFlight}`}
      </Text>
      {secondaries.length > 0 && <Text bold>{head}</Text>}
      {secondaries.map((secondary, index) => (
        <Text key={secondary.secondary} color={COLORS[secondary.state]}>
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
function percent(share: number | undefined): string {
  return share === undefined ? '-' : `${Math.round(share * 100)} %`
}
