import type {ZoneName} from '../../dns/name.js'
import {duration} from '../../figures.js'
import type {LiveView} from '../../sync/watch/live.js'
import type {ZoneRow} from '../../sync/watch/zone-list.js'
import {arranged, colorOf, SECONDARY_COLUMNS, SORTS} from './secondaries.js'
import {selectedOf, type UiState} from './state.js'
import {firstShown, fitColumns, headLine, rowLine, type TableColumn} from './table.js'
import {type Line, plain, said} from './text.js'

/** The names in the list that is shown, in its order. */
export function namesIn(view: LiveView, ui: UiState): readonly string[] {
  if (ui.list === 'zones') return view.zones.matching(ui.filter.toLowerCase())
  return arranged(view.health?.secondaries ?? [], ui).map(({secondary}) => secondary)
}

/** Which lists there are, which one is shown, and what it is filtered by. */
export function listTitle(view: LiveView, ui: UiState): Line {
  const tab = (list: string, text: string) =>
    list === ui.list ? {text: `[${text}]`, bold: true} : {text: ` ${text} `, color: 'gray' as const}
  const zones = view.zones.complete ? String(view.zones.counts.present) : '…'
  const filter = ui.typing || ui.filter !== '' ? `  filter: ${said(ui.filter)}${ui.typing ? '_' : ''}` : ''
  return [
    tab('secondaries', `Secondaries ${view.health?.secondaries.length ?? '…'}`),
    {text: ' '},
    tab('zones', `Zones ${zones}`),
    ...plain(filter),
  ]
}

/** The head and as many rows as there is room for. */
export function listLines(
  view: LiveView,
  ui: UiState,
  {columns, rows}: {columns: number; rows: number},
): Line[] {
  return ui.list === 'zones' ? zoneLines(view, ui, columns, rows) : secondaryLines(view, ui, columns, rows)
}

function secondaryLines(view: LiveView, ui: UiState, columns: number, rows: number): Line[] {
  const all = arranged(view.health?.secondaries ?? [], ui)
  if (all.length === 0) return [plain(ui.filter ? '  none like that' : '  none')]
  const sorted = SORTS[ui.sort]?.head ?? ''
  const fitted = fitColumns(SECONDARY_COLUMNS, all, {room: columns, sorted})
  const chosen = selectedOf(
    ui.selected.secondaries,
    all.map(({secondary}) => secondary),
  )
  const at = all.findIndex(({secondary}) => secondary === chosen)
  const from = firstShown(at, all.length, rows - 1)
  const head = headLine(fitted, {head: sorted, reverse: ui.reverse})
  const body = all.slice(from, from + rows - 1).map((row) => {
    const color = colorOf(row.state)
    return rowLine(fitted, row, {...(color ? {color} : {}), selected: row.secondary === chosen, columns})
  })
  return [head, ...body]
}

function zoneLines(view: LiveView, ui: UiState, columns: number, rows: number): Line[] {
  const zones = view.zones.matching(ui.filter.toLowerCase())
  if (zones.length === 0) return [plain(ui.filter ? '  none like that' : '  none')]
  const chosen = selectedOf(ui.selected.zones, zones)
  const from = firstShown(zones.indexOf(chosen as ZoneName), zones.length, rows - 1)
  const shown = zones.slice(from, from + rows - 1).flatMap((zone) => view.zones.get(zone) ?? [])
  const fitted = fitColumns(zoneColumns(view.now), shown, {room: columns})
  return [
    headLine(fitted),
    ...shown.map((row) => rowLine(fitted, row, {selected: row.zone === chosen, columns})),
  ]
}

function zoneColumns(now: number): ReadonlyArray<TableColumn<ZoneRow>> {
  return [
    {head: 'ZONE', spare: 0, cell: ({zone}) => zone},
    {head: 'SERIAL', align: 'right', spare: 0, cell: ({serial}) => String(serial)},
    {head: 'RECORDS', align: 'right', spare: 1, cell: ({records}) => String(records)},
    {head: 'CHANGED', align: 'right', spare: 0, cell: ({at}) => `${duration(Math.max(0, now - at))} ago`},
    {head: 'REVISION', align: 'right', spare: 2, cell: ({revision}) => String(revision)},
  ]
}
