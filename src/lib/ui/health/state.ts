import {SORTS} from './secondaries.js'

export type List = 'secondaries' | 'zones'
export type Page =
  | {kind: 'overview'}
  | {kind: 'help'}
  | {kind: 'secondary'; secondary: string}
  | {kind: 'zone'; zone: string}

/** What the person at the keyboard chose to see. */
export interface UiState {
  page: Page
  list: List
  /** By name, so that it stays with its row when rows move. */
  selected: Readonly<Record<List, string | undefined>>
  /** Index into `SORTS`. */
  sort: number
  reverse: boolean
  filter: string
  /** Whether what is typed goes into the filter. */
  typing: boolean
  /** Lines that a page is scrolled by. */
  scroll: number
  /** The secondary whose resync waits for `y`. */
  asking: string | undefined
}

export const INITIAL: UiState = {
  ...{page: {kind: 'overview'}, list: 'secondaries', selected: {secondaries: undefined, zones: undefined}},
  ...{sort: 0, reverse: false, filter: '', typing: false, scroll: 0, asking: undefined},
}

export type KeyName =
  | 'up'
  | 'down'
  | 'pageup'
  | 'pagedown'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'tab'
  | 'backspace'
  | 'interrupt'

/** One key: its name, or the character that it types. */
export type Pressed = {name: KeyName} | {character: string}

export type Order = {do: 'quit'} | {do: 'resync'; secondary: string}

/** What is to be seen at this moment. */
export interface Shown {
  /** What is in the list, in order. */
  names: readonly string[]
  /** How many lines the opened page has. */
  lines: number
  /** How many rows of either are shown at once. */
  rows: number
}

interface Outcome {
  state: UiState
  order?: Order
}

/** What a key does. Pure. */
export function press(state: UiState, pressed: Pressed, shown: Shown): Outcome {
  const name = 'name' in pressed ? pressed.name : undefined
  const character = 'character' in pressed ? pressed.character : undefined
  if (name === 'interrupt') return {state, order: {do: 'quit'}}
  if (state.asking !== undefined) return answered(state, state.asking, character)
  if (state.typing) return {state: typed(state, pressed)}
  if (name === 'escape') return {state: back(state)}
  if (character === 'q') return {state, order: {do: 'quit'}}
  if (character === '?') return {state: {...state, page: {kind: 'help'}, scroll: 0}}
  if (character === 'R') return {state: {...state, asking: resyncable(state, shown)}}
  return {
    state: state.page.kind === 'overview' ? onOverview(state, pressed, shown) : onPage(state, pressed, shown),
  }
}

function answered(state: UiState, secondary: string, character: string | undefined): Outcome {
  const over = {...state, asking: undefined}
  return character === 'y' ? {state: over, order: {do: 'resync', secondary}} : {state: over}
}

function typed(state: UiState, pressed: Pressed): UiState {
  if ('character' in pressed) return {...state, filter: `${state.filter}${pressed.character}`.slice(0, 255)}
  if (pressed.name === 'enter') return {...state, typing: false}
  if (pressed.name === 'escape') return {...state, typing: false, filter: ''}
  if (pressed.name === 'backspace') return {...state, filter: state.filter.slice(0, -1)}
  return state
}

function back(state: UiState): UiState {
  if (state.page.kind === 'overview') return {...state, filter: ''}
  return {...state, page: {kind: 'overview'}, scroll: 0}
}

function resyncable({page, list, selected}: UiState, {names}: Shown): string | undefined {
  if (page.kind === 'secondary') return page.secondary
  if (page.kind !== 'overview' || list !== 'secondaries') return undefined
  return selectedOf(selected.secondaries, names)
}

function onOverview(state: UiState, pressed: Pressed, shown: Shown): UiState {
  const {list} = state
  if ('character' in pressed && pressed.character === '/') return {...state, typing: true}
  if ('character' in pressed && pressed.character === 's') {
    return {...state, sort: (state.sort + 1) % SORTS.length, reverse: false}
  }
  if ('character' in pressed && pressed.character === 'r') return {...state, reverse: !state.reverse}
  if ('name' in pressed && pressed.name === 'tab') {
    return {...state, list: list === 'secondaries' ? 'zones' : 'secondaries', filter: ''}
  }
  const chosen = selectedOf(state.selected[list], shown.names)
  if ('name' in pressed && pressed.name === 'enter') return opened(state, chosen)
  const by = stepOf(pressed, shown.rows)
  if (by === undefined || chosen === undefined) return state
  const at = Math.max(0, Math.min(shown.names.length - 1, shown.names.indexOf(chosen) + by))
  return {...state, selected: {...state.selected, [list]: shown.names[at]}}
}

function opened(state: UiState, name: string | undefined): UiState {
  if (name === undefined) return state
  const page: Page =
    state.list === 'secondaries' ? {kind: 'secondary', secondary: name} : {kind: 'zone', zone: name}
  return {...state, page, scroll: 0}
}

function onPage(state: UiState, pressed: Pressed, {lines, rows}: Shown): UiState {
  const by = stepOf(pressed, rows)
  if (by === undefined) return state
  const last = Math.max(0, lines - rows)
  return {...state, scroll: Math.max(0, Math.min(state.scroll + by, last))}
}

/** The chosen name, or the first where it is not, or no longer, in the list. */
export function selectedOf(chosen: string | undefined, names: readonly string[]): string | undefined {
  return chosen !== undefined && names.includes(chosen) ? chosen : names[0]
}

function stepOf(pressed: Pressed, rows: number): number | undefined {
  if ('character' in pressed) {
    if (pressed.character === 'j') return 1
    return pressed.character === 'k' ? -1 : undefined
  }
  switch (pressed.name) {
    case 'up':
      return -1
    case 'down':
      return 1
    case 'pageup':
      return -rows
    case 'pagedown':
      return rows
    case 'home':
      return Number.NEGATIVE_INFINITY
    case 'end':
      return Number.POSITIVE_INFINITY
    default:
      return undefined
  }
}
