import type {LiveView} from '../../sync/watch/live.js'
import {type Block, deal} from './layout.js'
import {listLines, listTitle, namesIn} from './lists.js'
import {plotLines} from './plot.js'
import {
  brokerLine,
  changeLine,
  convergenceTitle,
  daemonLines,
  daemonsLine,
  noticeLines,
  reasonLines,
} from './sections.js'
import type {UiState} from './state.js'
import {EMPTY, type Line, plain, title, upTo} from './text.js'

export interface Room {
  columns: number
  rows: number
}

interface Parts {
  reasons: readonly Line[]
  notices: readonly Line[]
  daemons: readonly Line[]
  lines: {reasons: number; list: number; daemons: number; notices: number; plot: number; changes: number}
}

/** Lines that are always there: three titles with an empty line before two of them, and the broker. */
const FIXED = 6
/** A screen of so many rows has room for more of everything. */
const TALL = 40

/** Everything at one glance, in just so many lines: what does not fit is counted. */
export function overviewLines(view: LiveView, ui: UiState, {columns, rows}: Room): Line[] {
  const {reasons, notices, daemons, lines} = partsOf(view, ui, rows)
  return [
    ...upTo(reasons, lines.reasons),
    listTitle(view, ui),
    ...padded(listLines(view, ui, {columns, rows: lines.list}), lines.list),
    EMPTY,
    convergenceTitle(view),
    ...plotLines(view.series, {columns, rows: lines.plot}),
    EMPTY,
    ...changesLines(view, lines.changes),
    ...upTo(notices, lines.notices),
    brokerLine(view),
    ...upTo(daemons, lines.daemons),
  ]
}

/** How many rows of the list there is room for. */
export function listRows(view: LiveView, ui: UiState, rows: number): number {
  return Math.max(1, partsOf(view, ui, rows).lines.list - 1)
}

function partsOf(view: LiveView, ui: UiState, rows: number): Parts {
  const tall = rows >= TALL
  const reasons = reasonLines(view)
  const notices = noticeLines(view)
  const daemons = daemonsOf(view, tall)
  const blocks: Block[] = [
    {least: tall ? 8 : 2, most: reasons.length},
    {least: 4, most: Math.max(2, namesIn(view, ui).length + 1)},
    {least: daemons.length, most: daemons.length},
    {least: notices.length, most: notices.length},
    {least: tall ? 8 : 3, most: tall ? 8 : 3},
    {least: tall ? 10 : 3, most: rows},
  ]
  const [reason = 0, list = 0, daemon = 0, notice = 0, plot = 0, changes = 0] = deal(blocks, rows - FIXED)
  const lines = {reasons: reason, list, daemons: daemon, notices: notice, plot, changes}
  return {reasons, notices, daemons, lines}
}

/** Each on its line where there is room for all, else how many of which kind. */
function daemonsOf({health}: LiveView, tall: boolean): readonly Line[] {
  if (!health) return [title('Daemons')]
  const each = daemonLines(health)
  return tall && each.length <= 10 ? [daemonsLine(health), ...each] : [daemonsLine(health)]
}

/** The title and so many rows. */
function changesLines({changes}: LiveView, rows: number): Line[] {
  const head: Line = [...title('Changes'), ...plain(`  ${changes.inFlight} in flight`)]
  const hidden = Math.max(0, changes.inFlight - changes.rows.length)
  const shown = upTo([...changes.rows.map(changeLine), ...Array<Line>(hidden).fill(EMPTY)], rows)
  return [head, ...padded(shown, rows)]
}

function padded(lines: readonly Line[], rows: number): Line[] {
  return [...lines, ...Array<Line>(Math.max(0, rows - lines.length)).fill(EMPTY)]
}
