import {amount, percent} from '../figures.js'
import type {SecondaryHealth} from '../sync/watch/health.js'
import type {ForgetReport, PauseReport, SecondaryDetails} from '../sync/watch/secondary-details.js'
import {outageWords} from '../zone/outage.js'
import {pauseWords} from '../zone/pause.js'
import {lasting, moment} from './moment.js'
import {printable} from './printable.js'
import {type Column, tableLines} from './table.js'

const COLUMNS: readonly Column[] = [
  {head: 'SECONDARY'},
  {head: 'STATE'},
  {head: 'ZONES', align: 'right'},
  {head: 'PENDING', align: 'right'},
  {head: 'LAG', align: 'right'},
  {head: 'LOAD', align: 'right'},
  {head: 'HEARTBEAT', align: 'right'},
  {head: 'POWERDNS'},
  {head: 'PDIST'},
]

/** One line for each secondary. */
export function secondaryListLines(secondaries: readonly SecondaryHealth[]): string[] {
  if (secondaries.length === 0) return ['no secondary has ever sent a heartbeat']
  return tableLines(COLUMNS, secondaries.map(cells))
}

function cells({secondary, state, zones, pending, lag, load, ageMs, versions}: SecondaryHealth): string[] {
  // What a silent secondary said last says nothing of now.
  const now =
    state === 'inactive' ? ['-', '-', '-'] : [String(pending), `${lag.toFixed(1)} s`, load.toFixed(2)]
  return [secondary, state, String(zones), ...now, `${lasting(ageMs)} ago`, versions.powerdns, versions.pdist]
}

/** Everything that is known about one. */
export function secondaryLines(details: SecondaryDetails): string[] {
  const {problems, problemCount} = details
  const told = problems.flatMap(({zone, code, message, hints, since}) => [
    `  ${zone} since ${moment(since)}: ${message} (${code})`,
    ...hints.map((hint) => `    -> ${hint}`),
  ])
  const more = problemCount - problems.length
  return [
    ...factLines(details),
    ...warningLines(details),
    ...(problemCount > 0 ? ['', `${problemCount} zones with problems`, ...told] : []),
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ].map(printable)
}

function warningLines({warnings, outages = []}: SecondaryDetails): string[] {
  if (warnings.length === 0) return []
  const hints = new Map(outages.map((outage) => [outageWords(outage), outage.hints]))
  const lines = warnings.flatMap((words) => [
    `  ${words}`,
    ...(hints.get(words) ?? []).map((hint) => `    -> ${hint}`),
  ])
  return ['', 'warnings', ...lines]
}

function factLines(details: SecondaryDetails): string[] {
  const {secondary, state, paused, ageMs, versions, startedAt, zones, pending, lag, load} = details
  const facts: Array<[string, string | undefined]> = [
    ['secondary', `${secondary}: ${state}`],
    ['pause', paused && `${pauseWords(paused)}, by ${paused.by}`],
    ['heartbeat', `${lasting(ageMs)} ago`],
    ['versions', `PowerDNS ${versions.powerdns}, pdist ${versions.pdist}, Node.js ${versions.node}`],
    ['syncer', `${whoRuns(details)}, started ${moment(startedAt)}`],
    ['zones', `${zones}, ${pending} pending, lag ${lag.toFixed(1)} s`],
    ['store', positionWords(details)],
    ['compared', comparedWords(details)],
    ['signatures', signatureWords(details)],
    ['load', `${load.toFixed(2)} per core`],
    ['memory', memoryWords(details)],
    ...(details.disks ?? []).map(({path, total, free}): [string, string] => [
      'disk',
      `${path}: ${amount(free)} of ${amount(total)} free (${percent(free / total)})`,
    ]),
    ['short of', details.shortages.join(', ') || undefined],
  ]
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(12)}${value}`]))
}

function whoRuns({syncer}: SecondaryDetails): string {
  return syncer ? `process ${syncer.pid} on ${syncer.host}` : 'nobody has its name now'
}

function positionWords({position}: SecondaryDetails): string {
  if (!position) return 'it never took anything from the store'
  const {waiting, inFlight, acknowledged} = position
  return `${waiting} states waiting, ${inFlight} in flight, all proved up to revision ${acknowledged}`
}

function comparedWords({compared}: SecondaryDetails): string {
  if (!compared) return 'not yet'
  const {at, differences} = compared
  return `${differences === 0 ? 'equal to the store' : `${differences} zones differed`} ${moment(at)}`
}

function signatureWords({signatures, endingSignatures}: SecondaryDetails): string | undefined {
  if (!signatures) return undefined
  const {ending, ended} = signatures
  if (ending === 0) return 'none is about to expire'
  const first = endingSignatures.map(
    ({zone, leftS}) => `${zone} ${leftS > 0 ? `in ${lasting(leftS * 1000)}` : 'expired'}`,
  )
  return `${ended} expired, ${ending - ended} expire soon: ${first.join(', ')}`
}

function memoryWords({memory}: SecondaryDetails): string | undefined {
  if (!memory) return undefined
  const {available, total} = memory
  return `${amount(available)} of ${amount(total)} available (${percent(available / total)})`
}

/** What became of a pause or a resume. */
export function pauseLines({secondary, state, pause, ageMs}: PauseReport): string[] {
  if (state === 'running') return [`${secondary} is at work: what waited is applied now`]
  if (state === 'paused') return [`${secondary} is ${pause ? printable(pauseWords(pause)) : 'paused'}`]
  return [
    `${secondary} did not say yet that it obeys (its last heartbeat is ${lasting(ageMs)} old)`,
    'The order is kept: it is obeyed as soon as the secondary hears of it.',
  ]
}

/** What is asked before a secondary is forgotten; undefined where it never sent a heartbeat. */
export function forgetQuestion(secondary: string, known: {zones: number; ageMs: number} | undefined): string {
  if (!known) return `Forget ${secondary}, of which only traces are left?`
  return `Forget ${secondary}, which was heard ${lasting(known.ageMs)} ago and served ${known.zones} zones?`
}

export function forgetLines({secondary, state}: ForgetReport): string[] {
  if (state === 'kept') return [`${secondary} is kept: nothing was removed`]
  return [
    `${secondary} is forgotten. Should its syncer be started again, it is a new one, and gets everything.`,
  ]
}
