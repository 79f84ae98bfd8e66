import {Box, Text} from 'ink'
import type {ErrorReport} from '../../errors.js'
import type {LiveView} from '../../sync/watch/live.js'
import {namesIn} from './lists.js'
import {listRows, overviewLines} from './overview.js'
import {helpPage, secondaryPage, type ZoneFacts, zonePage} from './pages.js'
import {headerLine, reasonLines} from './sections.js'
import type {Shown, UiState} from './state.js'
import {EMPTY, type Line, plain, said, title, upTo} from './text.js'

/** What the view is about besides the system: what somebody asked for in it. */
export interface Asked {
  /** The opened zone, where there is one, once it answered. */
  zone?: {name: string; facts?: ZoneFacts; error?: ErrorReport}
  /** How a resync goes that was begun here, in words. */
  notice?: string
}

export interface ScreenProps {
  view: LiveView
  ui: UiState
  asked: Asked
  columns: number
  rows: number
  /** False where colors are not wanted: then nothing but text is written. */
  color: boolean
}

export const LEAST = {columns: 80, rows: 24}
/** Header and footer. */
const FRAME = 2

/** The whole screen at one moment, in exactly so many rows, none of them wider than there are columns. */
export function Screen({color, ...props}: ScreenProps) {
  const lines = screenLines(props)
  return (
    <Box flexDirection="column">
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of the screen is its place
        <Text key={index} wrap="truncate-end">
          {line.map((span, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: so is a span
            <Text key={at} {...(color ? {color: span.color, bold: span.bold, inverse: span.inverse} : {})}>
              {span.text}
            </Text>
          ))}
        </Text>
      ))}
    </Box>
  )
}

export function screenLines(props: Omit<ScreenProps, 'color'>): Line[] {
  const {view, ui, columns, rows} = props
  if (columns < LEAST.columns || rows < LEAST.rows) return smallLines(view, columns, rows)
  const room = rows - FRAME
  const body =
    ui.page.kind === 'overview' ? overviewLines(view, ui, {columns, rows: room}) : pageBody(props, room)
  const padding = Array<Line>(Math.max(0, room - body.length)).fill(EMPTY)
  return [headerLine(view, columns), ...body.slice(0, room), ...padding, footerLine(props)]
}

/** What keys act on. */
export function shownIn({view, ui, asked, rows}: Omit<ScreenProps, 'color' | 'columns'>): Shown {
  const room = rows - FRAME
  if (ui.page.kind === 'overview') {
    return {names: namesIn(view, ui), lines: 0, rows: listRows(view, ui, room)}
  }
  return {names: [], lines: pageLines({view, ui, asked}).length, rows: room}
}

/** A page, and what is wrong with the broker even there. */
function pageBody(props: Pick<ScreenProps, 'view' | 'ui' | 'asked'>, room: number): Line[] {
  const banner = props.view.link.state === 'away' ? reasonLines(props.view) : []
  const {scroll} = props.ui
  return [...banner, ...pageLines(props).slice(scroll, scroll + room - banner.length)]
}

function pageLines({view, ui, asked}: Pick<ScreenProps, 'view' | 'ui' | 'asked'>): Line[] {
  const {page} = ui
  if (page.kind === 'secondary') return secondaryPage(view, page.secondary)
  if (page.kind !== 'zone') return helpPage()
  const found = asked.zone?.name === page.zone ? asked.zone : undefined
  return zonePage(page.zone, found?.facts, found?.error)
}

function footerLine({ui, asked}: Pick<ScreenProps, 'ui' | 'asked'>): Line {
  if (ui.asking !== undefined) {
    return [
      {text: `Compare ${said(ui.asking)} with the store, and put right what differs? `, bold: true},
      {text: 'y/n'},
    ]
  }
  if (asked.notice !== undefined) return [{text: said(asked.notice), color: 'cyan'}]
  if (ui.typing)
    return keys([
      ['Enter', 'keep the filter'],
      ['Esc', 'clear it'],
    ])
  if (ui.page.kind !== 'overview') return keys([['Esc', 'back'], ['↑↓', 'scroll'], ...ALWAYS])
  return keys([
    ['↑↓', 'select'],
    ['Enter', 'open'],
    ['Tab', 'list'],
    ['/', 'filter'],
    ['s r', 'sort'],
    ...ALWAYS,
  ])
}

const ALWAYS = [
  ['R', 'resync'],
  ['?', 'help'],
  ['q', 'quit'],
] as const

function keys(all: ReadonlyArray<readonly [string, string]>): Line {
  return all.flatMap(([key, what]) => [
    {text: key, bold: true},
    {text: ` ${what}  `, color: 'gray' as const},
  ])
}

/** Too small for the view, but the state is known. */
function smallLines(view: LiveView, columns: number, rows: number): Line[] {
  const words = `The terminal has ${columns}x${rows}; this view needs ${LEAST.columns}x${LEAST.rows}.`
  const lines = [
    headerLine(view, columns),
    title(words),
    plain('q quits; pdist health --once prints it all.'),
  ]
  return [...lines, ...upTo(reasonLines(view), rows - lines.length)].slice(0, Math.max(1, rows))
}
