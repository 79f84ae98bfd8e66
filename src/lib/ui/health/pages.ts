import type {ErrorReport} from '../../errors.js'
import {amount, count, duration, percent, timeOfDay} from '../../figures.js'
import type {DaemonHealth, SecondaryHealth} from '../../sync/watch/health.js'
import type {LiveView} from '../../sync/watch/live.js'
import type {Happening} from '../../zone/happening.js'
import {HappeningLines} from '../happening-lines.js'
import {type ZoneReport, zoneReportLines} from '../zone-report.js'
import {colorOf} from './secondaries.js'
import {EMPTY, type Line, plain, said, title} from './text.js'

/** A zone as it is stored and served at one moment, and what happened to it, the newest first. */
export interface ZoneFacts {
  report: ZoneReport | undefined
  history: readonly Happening[]
}

/** All that is known of one secondary. */
export function secondaryPage(view: LiveView, name: string): Line[] {
  const row = view.health?.secondaries.find(({secondary}) => secondary === name)
  if (!row) return [plain(`No secondary ${said(name)} is known.`)]
  const daemon = view.health?.daemons.find(({secondary}) => secondary === name)
  const color = colorOf(row.state)
  const head: Line = [...title(said(name)), {text: '  '}, {text: row.state, ...(color ? {color} : {})}]
  return [
    head,
    EMPTY,
    ...factLines(row, daemon),
    ...endingLines(view, name),
    ...section(
      'Warnings',
      row.warnings.map((words) => plain(`  ! ${said(words)}`)),
    ),
    ...problemLines(row, view.now),
  ]
}

function factLines(row: SecondaryHealth, daemon: DaemonHealth | undefined): Line[] {
  const {versions, memory, disks = [], compared, ageMs, zones, pending, lag, load} = row
  const facts = [
    ['heartbeat', `${duration(ageMs)} ago`],
    ['zones', `${zones}, ${pending} pending, lag ${duration(lag * 1000)}`],
    ['load', `${load.toFixed(2)} per core`],
    ['versions', `pdist ${versions.pdist}, PowerDNS ${versions.powerdns}, Node ${versions.node}`],
  ]
  if (memory)
    facts.push(['memory', `${percent(memory.available / memory.total)} of ${amount(memory.total)} available`])
  for (const {path, free, total} of disks) {
    facts.push(['disk', `${said(path)}: ${percent(free / total)} of ${amount(total)} free`])
  }
  if (compared) {
    const words =
      compared.differences === 0 ? 'equal' : count(compared.differences, 'zone differs', 'zones differ')
    facts.push(['store', `${words}, compared at ${timeOfDay(compared.at)}`])
  }
  if (daemon) {
    const ready = daemon.ready ? 'ready' : `waits for ${daemon.missing.join(', ')}`
    const clock = `clock ${daemon.clockAheadMs >= 0 ? '+' : ''}${daemon.clockAheadMs} ms`
    facts.push(['syncer', `${said(daemon.host)}, pid ${daemon.pid}, ${said(ready)}, ${clock}`])
  }
  return facts.map(([name = '', words = '']) => [{text: name.padEnd(12), color: 'gray'}, {text: words}])
}

function endingLines({heartbeats}: LiveView, name: string): Line[] {
  const {first = [], ending = 0} = heartbeats.get(name)?.signatures ?? {}
  const lines = first.map(({zone, leftS}) =>
    plain(`  ${said(zone)}  ${leftS <= 0 ? 'ended' : `in ${duration(leftS * 1000)}`}`),
  )
  return section(`Signatures that end (${ending})`, lines)
}

function problemLines({problems, problemCount}: SecondaryHealth, now: number): Line[] {
  const lines = problems.flatMap(({zone, code, message, hints, since}): Line[] => [
    [{text: `  ${said(zone)}  ${code}: ${said(message)}`, color: 'yellow'}],
    plain(`    for ${duration(Math.max(0, now - since))}`),
    ...hints.map((hint) => plain(`    -> ${said(hint)}`)),
  ])
  const more = problemCount - problems.length
  return section(`Problems (${problemCount})`, more > 0 ? [...lines, plain(`  +${more} more`)] : lines)
}

/** `facts` is undefined until they are there. */
export function zonePage(zone: string, facts: ZoneFacts | undefined, error?: ErrorReport): Line[] {
  const wrong: Line[] = error ? [[{text: `! ${said(error.message)} (${error.code})`, color: 'red'}]] : []
  if (!facts) return [title(said(zone)), ...wrong, ...(error ? [] : [plain('asking every secondary…')])]
  const {report, history} = facts
  const served = report ? zoneReportLines(report).map(plain) : [plain('The store does not know this zone.')]
  return [title(said(zone)), ...wrong, EMPTY, ...served, ...section('History', historyLines(history))]
}

/** Given and told the newest first; but each is told with how long after its event it came. */
function historyLines(history: readonly Happening[]): Line[] {
  const lines = new HappeningLines()
  const told = history.toReversed().map((happening): Line => plain(`  ${lines.line(happening)}`))
  return told.reverse()
}

function section(name: string, lines: readonly Line[]): Line[] {
  return lines.length === 0 ? [] : [EMPTY, title(name), ...lines]
}

const KEYS = [
  ['up, down, j, k', 'select, or scroll; also page up, page down, home, end'],
  ['Enter', 'open the selected secondary or zone'],
  ['Esc', 'back; clears the filter'],
  ['Tab', 'the other list: secondaries, zones'],
  ['/', 'filter the list by a part of the name, or of the state'],
  ['s, r', 'sort the secondaries by the next column; reverse the order'],
  ['R', 'resync: put right what the selected secondary has other than the store'],
  ['?', 'this page'],
  ['q', 'quit'],
]

export function helpPage(): Line[] {
  return [
    title('Keys'),
    EMPTY,
    ...KEYS.map(([keys = '', what = '']): Line => [{text: `  ${keys.padEnd(16)}`, bold: true}, {text: what}]),
    EMPTY,
    plain('Convergence: from the event of a change until a secondary proved it. Columns are full'),
    plain('up to the median, and shaded up to the 99th percentile.'),
    plain('Lag: since the store has a version that the secondary does not serve.'),
  ]
}
