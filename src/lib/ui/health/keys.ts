import type {Key} from 'ink'
import type {KeyName, Pressed} from './state.js'

const NAMES = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
] as const satisfies ReadonlyArray<readonly [keyof Key, KeyName]>

/** Keys within text that came at once. */
const CONTROLS = new Map<string, KeyName>([
  ['\r', 'enter'],
  ['\t', 'tab'],
  ['\u007f', 'backspace'],
  ['\u001b', 'escape'],
  ['\u0003', 'interrupt'],
])

/** What was pressed; text that came at once, as when it is pasted or the machine is slow, is many keys. */
export function keysOf(input: string, key: Key): Pressed[] {
  if (key.ctrl) return input === 'c' ? [{name: 'interrupt'}] : []
  const named = NAMES.find(([flag]) => key[flag])
  if (named) return [{name: named[1]}]
  return key.meta ? [] : [...input].flatMap(keyOf)
}

function keyOf(character: string): Pressed[] {
  const name = CONTROLS.get(character)
  if (name) return [{name}]
  return /\p{C}/u.test(character) ? [] : [{character}]
}
