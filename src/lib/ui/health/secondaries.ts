import {duration, percent} from '../../figures.js'
import type {SecondaryHealth} from '../../sync/watch/health.js'
import {leastFree} from '../../sync/watch/shortages.js'
import type {TableColumn} from './table.js'
import type {Color} from './text.js'

const COLORS: Readonly<Record<string, Color>> = {
  ok: 'green',
  starting: 'cyan',
  paused: 'cyan',
  warning: 'yellow',
  critical: 'red',
  inactive: 'red',
}

/** What worries most comes first. */
const ORDER = ['inactive', 'warning', 'starting', 'paused', 'ok']

/** Undefined for a state that this version does not know. */
export function colorOf(state: string): Color | undefined {
  return COLORS[state]
}

/** What a silent secondary said last says nothing of now. */
const unlessSilent = (row: SecondaryHealth, text: string | undefined) =>
  row.state === 'inactive' || text === undefined ? '-' : text

export const SECONDARY_COLUMNS: ReadonlyArray<TableColumn<SecondaryHealth>> = [
  {head: 'SECONDARY', spare: 0, cell: ({secondary}) => secondary, by: ({secondary}) => secondary},
  {head: 'STATE', spare: 0, cell: ({state}) => state, by: ({state}) => ORDER.indexOf(state)},
  {
    ...{head: 'LAG', align: 'right', spare: 0, by: ({lag}) => -lag},
    cell: (row) => unlessSilent(row, row.lag === 0 ? '0' : duration(row.lag * 1000)),
  },
  {
    ...{head: 'PENDING', align: 'right', spare: 1, by: ({pending}) => -pending},
    cell: (row) => unlessSilent(row, String(row.pending)),
  },
  {head: 'ZONES', align: 'right', spare: 2, cell: ({zones}) => String(zones), by: ({zones}) => -zones},
  {
    ...{head: 'HEARTBEAT', align: 'right', spare: 1, by: ({ageMs}) => -ageMs},
    cell: ({ageMs}) => (ageMs < 60_000 ? `${(ageMs / 1000).toFixed(0)} s` : duration(ageMs)),
  },
  {
    ...{head: 'LOAD', align: 'right', spare: 3, by: ({load}) => -load},
    cell: (row) => unlessSilent(row, row.load.toFixed(2)),
  },
  {
    ...{head: 'STORE', align: 'right', spare: 5, by: ({compared}) => -(compared?.differences ?? 0)},
    cell: (row) => unlessSilent(row, equality(row.compared)),
  },
  {
    ...{head: 'MEM FREE', align: 'right', spare: 7, by: ({memory}) => freeOf(memory)},
    cell: (row) => unlessSilent(row, percent(row.memory && freeOf(row.memory))),
  },
  {
    ...{head: 'DISK FREE', align: 'right', spare: 7, by: ({disks}) => leastFree(disks) ?? 1},
    cell: (row) => unlessSilent(row, percent(leastFree(row.disks))),
  },
  {
    head: 'POWERDNS',
    spare: 6,
    cell: ({versions}) => versions.powerdns,
    by: ({versions}) => versions.powerdns,
  },
  {head: 'PDIST', spare: 8, cell: ({versions}) => versions.pdist, by: ({versions}) => versions.pdist},
  {head: 'NODE', spare: 9, cell: ({versions}) => versions.node, by: ({versions}) => versions.node},
]

export const SORTS = SECONDARY_COLUMNS.filter(({by}) => by)

/** ns2 before ns10. */
const NAMES = new Intl.Collator('en', {numeric: true})

/** Those whose name or state has this text in it, in the wanted order. */
export function arranged(
  rows: readonly SecondaryHealth[],
  {sort, reverse, filter}: {sort: number; reverse: boolean; filter: string},
): SecondaryHealth[] {
  const by = SORTS[sort]?.by ?? (({secondary}: SecondaryHealth) => secondary)
  const wanted = filter.toLowerCase()
  const found = rows.filter(({secondary, state}) => secondary.includes(wanted) || state.includes(wanted))
  const sign = reverse ? -1 : 1
  return found.sort((a, b) => sign * (compare(by(a), by(b)) || NAMES.compare(a.secondary, b.secondary)))
}

function compare(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return NAMES.compare(String(a), String(b))
}

/** How it compared with the store. */
function equality(compared: SecondaryHealth['compared']): string {
  if (!compared) return '-'
  return compared.differences === 0 ? 'equal' : `${compared.differences} differ`
}

function freeOf(memory: SecondaryHealth['memory']): number {
  return memory ? memory.available / memory.total : 1
}
