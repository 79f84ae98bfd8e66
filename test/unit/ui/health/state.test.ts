import type {Key} from 'ink'
import {expect, it} from 'vitest'
import {keysOf} from '../../../../src/lib/ui/health/keys.js'
import {
  INITIAL,
  type KeyName,
  type Order,
  type Pressed,
  press,
  type UiState,
} from '../../../../src/lib/ui/health/state.js'

const shown = {names: ['ns1', 'ns2', 'ns3'], lines: 100, rows: 10}

/** What comes of pressing these one after the other: names of keys in angle brackets. */
function pressed(keys: string, from: UiState = INITIAL): {state: UiState; orders: Order[]} {
  const orders: Order[] = []
  let state = from
  for (const [, name, character] of keys.matchAll(/<(\w+)>|(.)/g)) {
    const key: Pressed = name ? {name: name as KeyName} : {character: character ?? ''}
    const outcome = press(state, key, shown)
    state = outcome.state
    if (outcome.order) orders.push(outcome.order)
  }
  return {state, orders}
}

it('selects within the list, and no further', () => {
  expect(pressed('j<down>').state.selected.secondaries).toBe('ns3')
  expect(pressed('jjjjj').state.selected.secondaries).toBe('ns3')
  expect(pressed('jjk').state.selected.secondaries).toBe('ns2')
  expect(pressed('<end>').state.selected.secondaries).toBe('ns3')
  expect(pressed('<end><pageup>').state.selected.secondaries).toBe('ns1')
})

it('opens what is selected, scrolls it, and goes back', () => {
  const {state} = pressed('j<enter>')
  expect(state.page).toEqual({kind: 'secondary', secondary: 'ns2'})
  expect(pressed('<end>', state).state.scroll).toBe(90)
  expect(pressed('<end>k', state).state.scroll).toBe(89)
  expect(pressed('<escape>', state).state).toMatchObject({page: {kind: 'overview'}, scroll: 0})
  expect(pressed('<tab><enter>').state.page).toEqual({kind: 'zone', zone: 'ns1'})
  expect(pressed('?').state.page).toEqual({kind: 'help'})
})

it('types a filter, in which letters are no commands', () => {
  expect(pressed('/qs').state).toMatchObject({filter: 'qs', typing: true})
  expect(pressed('/qs<backspace><enter>').state).toMatchObject({filter: 'q', typing: false})
  expect(pressed('/q<escape>').state).toMatchObject({filter: '', typing: false})
  expect(pressed('/q<enter><escape>').state.filter).toBe('')
})

it('sorts by one column after the other, and reverses', () => {
  expect(pressed('sr').state).toMatchObject({sort: 1, reverse: true})
  expect(pressed('srs').state).toMatchObject({sort: 2, reverse: false})
})

it('resyncs only what is confirmed', () => {
  expect(pressed('jR').state.asking).toBe('ns2')
  expect(pressed('jRy').orders).toEqual([{do: 'resync', secondary: 'ns2'}])
  for (const answer of ['n', 'q', '<escape>', '<enter>']) {
    expect(pressed(`jR${answer}`)).toMatchObject({orders: [], state: {asking: undefined}})
  }
  expect(pressed('<tab>R').state.asking).toBeUndefined()
  expect(pressed('<enter>Ry').orders).toEqual([{do: 'resync', secondary: 'ns1'}])
})

it('quits, also by Ctrl-C wherever it is', () => {
  expect(pressed('q').orders).toEqual([{do: 'quit'}])
  expect(pressed('/<interrupt>').orders).toEqual([{do: 'quit'}])
  expect(pressed('R<interrupt>').orders).toEqual([{do: 'quit'}])
})

it('reads keys as the terminal sends them, also several at once', () => {
  const none = {} as Key
  expect(keysOf('', {...none, downArrow: true})).toEqual([{name: 'down'}])
  expect(keysOf('c', {...none, ctrl: true})).toEqual([{name: 'interrupt'}])
  expect(keysOf('x', {...none, ctrl: true})).toEqual([])
  expect(keysOf('jé\r\u0000', none)).toEqual([{character: 'j'}, {character: 'é'}, {name: 'enter'}])
})
