import {didYouMean} from '../nearest.js'
import type {Mistake, SourceKind} from './mistakes.js'
import {type Entry, entries, pathOf, sectionNames, variableOf, writtenName} from './names.js'

/** Something that was written somewhere, not checked yet. */
export interface Given {
  readonly entry: Entry
  readonly value: unknown
  readonly source: SourceKind
  /** How the reader finds it: the name of a variable or a flag, or nothing where the path says it all. */
  readonly where?: string
}

export interface SourceContents {
  readonly given: readonly Given[]
  readonly mistakes: readonly Mistake[]
}

/** What a parsed TOML document says. Unknown sections and keys are mistakes. */
export function fromDocument(document: Readonly<Record<string, unknown>>): SourceContents {
  const given: Given[] = []
  const mistakes: Mistake[] = []
  for (const [section, table] of Object.entries(document)) {
    const known = entries.filter((entry) => entry.section === section)
    if (known.length === 0) {
      const message = `unknown ${isTable(table) ? 'section' : 'key, outside of any section'}`
      mistakes.push({path: section, message: `${message}${didYouMean(section, sectionNames())}`})
    } else if (!isTable(table)) {
      mistakes.push({path: section, message: `expected a section: [${section}]`})
    } else {
      for (const [key, value] of Object.entries(table)) {
        const entry = known.find((candidate) => writtenName(candidate) === key)
        if (entry) given.push({entry, value, source: 'file'})
        else {
          const hint = didYouMean(key, known.map(writtenName))
          mistakes.push({path: pathOf(section, key), message: `unknown key${hint}`})
        }
      }
    }
  }
  return {given, mistakes}
}

/**
 * What the variables `PDIST_<SECTION>_<KEY>` say. One that begins like a section but names no key is a mistake;
 * other variables are none of our business.
 */
export function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): SourceContents {
  const given: Given[] = []
  const mistakes: Mistake[] = []
  const known = new Map(entries.map((entry) => [variableOf(entry.section, writtenName(entry)), entry]))
  for (const [variable, text] of Object.entries(environment)) {
    if (text === undefined) continue
    const entry = known.get(variable)
    if (entry) {
      const value = entry.fromFile ? text : entry.definition.kind.fromText(text)
      given.push({entry, value, source: 'environment', where: variable})
    } else if (sectionNames().some((section) => variable.startsWith(`${variableOf(section, '')}`))) {
      const message = `unknown variable${didYouMean(variable, known.keys())}`
      mistakes.push({path: variable, message, source: 'environment'})
    }
  }
  return {given, mistakes}
}

/** The flags that stand for keys. */
const FLAGS: Readonly<Record<string, string>> = {'broker.servers': '--broker'}

/** What flags say, by path (`broker.servers`). Paths are the program's own, so a wrong one is not the user's mistake. */
export function fromFlags(flags: Readonly<Record<string, unknown>>): SourceContents {
  const given = Object.entries(flags)
    .filter(([, value]) => value !== undefined)
    .map(([path, value]): Given => {
      const entry = entries.find((candidate) => pathOf(candidate.section, writtenName(candidate)) === path)
      if (!entry) throw new TypeError(`no such key: ${path}`)
      const where = FLAGS[path]
      return {entry, value, source: 'flag', ...(where === undefined ? {} : {where})}
    })
  return {given, mistakes: []}
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}
