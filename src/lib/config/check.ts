import {camel} from './keys.js'
import type {Flaw} from './kinds.js'
import type {Mistake} from './mistakes.js'
import {keysOf, pathOf, variableOf} from './names.js'
import {betweenKeys} from './rules.js'
import type {SectionName} from './schema.js'
import type {Setting} from './settings.js'

export interface SectionToCheck {
  section: SectionName
  /** Of all sections. */
  settings: readonly Setting[]
  /** The paths of all keys that were given, however badly. */
  attempted: ReadonlySet<string>
  /** Its required keys must be there. */
  needed: boolean
}

export interface CheckedSection {
  mistakes: readonly Mistake[]
  /** The section's typed name and contents, frozen; absent where it is not complete. */
  typed?: readonly [string, Readonly<Record<string, unknown>>]
}

/** Checks the values of one section, each alone and then together. */
export function checkSection({section, settings, attempted, needed}: SectionToCheck): CheckedSection {
  const mistakes: Mistake[] = []
  const values = new Map<string, unknown>()
  for (const setting of settings.filter((candidate) => candidate.section === section)) {
    const reading = keysOf(section)[setting.key]?.kind.read(setting.value)
    values.set(setting.key, reading?.value)
    // A default is wrong only where it is another key's value, which has its own mistake then.
    if (reading?.flaws && setting.source !== 'default') mistakes.push(...mistakesOf(setting, reading.flaws))
  }
  const given = (key: string) => values.has(key) || attempted.has(pathOf(section, key))
  mistakes.push(...betweenKeys(section, {given, value: (key) => values.get(key)}))
  const missing = Object.entries(keysOf(section)).filter(
    ([key, {presence}]) => presence === 'required' && !given(key),
  )
  if (needed) mistakes.push(...missing.map(([key]) => missingMistake(section, key)))
  return missing.length > 0 ? {mistakes} : {mistakes, typed: [camel(section), typedSection(values)]}
}

function mistakesOf({path, where, source}: Setting, flaws: readonly Flaw[]): Mistake[] {
  if (source === 'flag') return flaws.map(({message}) => ({path: where ?? path, message, source}))
  return flaws.map(({message, index}) => ({
    path: index === undefined ? path : `${path}[${index}]`,
    message: `${message}${where === undefined ? '' : ` (from ${where})`}`,
    ...(source === 'default' ? {} : {source}),
  }))
}

function missingMistake(section: SectionName, key: string): Mistake {
  const names = keysOf(section)[key]?.kind.secret ? `${key} or ${key}_file` : key
  return {
    path: pathOf(section, key),
    message: `is required: set ${names} in [${section}], or ${variableOf(section, key)}`,
  }
}

function typedSection(values: ReadonlyMap<string, unknown>): Readonly<Record<string, unknown>> {
  return Object.freeze(Object.fromEntries([...values].map(([key, value]) => [camel(key), deepFreeze(value)])))
}

function deepFreeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  for (const inner of Object.values(value)) deepFreeze(inner)
  return Object.freeze(value)
}
