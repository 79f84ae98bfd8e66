import {readFile} from 'node:fs/promises'
import {reasonOf} from './file.js'
import type {Mistake, SourceKind} from './mistakes.js'
import {type Entry, entries, pathOf, writtenName} from './names.js'
import type {SectionName} from './schema.js'
import type {Given} from './sources.js'

/** The value of one key that counts, and where it comes from. */
export interface Setting {
  readonly section: SectionName
  readonly key: string
  /** As in TOML; a secret that was given by a file is its contents already. */
  readonly value: unknown
  readonly source: SourceKind | 'default'
  /** The path for people: that of `<key>_file` where it was given so. */
  readonly path: string
  readonly where?: string
  /** Of a secret: the file that it was read from. */
  readonly file?: string
}

export interface Settings {
  readonly settings: readonly Setting[]
  readonly mistakes: readonly Mistake[]
}

/**
 * Decides for each key which of its givens counts (later sources win over earlier ones), fills in the
 * defaults, and reads the files of secrets. A secret and its file in one source is a mistake.
 */
export async function settle(given: readonly Given[]): Promise<Settings> {
  const settings: Setting[] = []
  const mistakes: Mistake[] = []
  for (const entry of entries.filter(({fromFile}) => !fromFile)) {
    const candidates = given.filter(
      ({entry: {section, key}}) => section === entry.section && key === entry.key,
    )
    const last = candidates.at(-1)
    const rivals = candidates.filter(({source}) => source === last?.source)
    const path = pathOf(entry.section, entry.key)
    if (rivals.length > 1) {
      mistakes.push({path, message: `both ${rivals.map(nameOf).join(' and ')} are given: leave out one`})
    } else if (last?.entry.fromFile) {
      await readSecret(last, settings, mistakes)
    } else if (last) {
      settings.push({...identity(entry), value: last.value, source: last.source, ...whereOf(last)})
    } else if (entry.definition.fallback !== undefined) {
      settings.push({...identity(entry), value: entry.definition.fallback, source: 'default'})
    }
  }
  return {settings: withSharedDefaults(settings), mistakes}
}

/** Keys whose default is another key's value. */
function withSharedDefaults(settings: readonly Setting[]): Setting[] {
  const shared = entries.flatMap((entry): Setting[] => {
    const {section, key, definition} = entry
    if (definition.sameAs === undefined || find(settings, section, key)) return []
    const other = find(settings, section, definition.sameAs)
    return other ? [{...identity(entry), value: other.value, source: 'default'}] : []
  })
  return [...settings, ...shared]
}

async function readSecret(given: Given, settings: Setting[], mistakes: Mistake[]): Promise<void> {
  const path = pathOf(given.entry.section, writtenName(given.entry))
  if (typeof given.value !== 'string' || given.value === '') {
    mistakes.push({path, message: 'expected the path of a file', source: given.source})
    return
  }
  try {
    const value = (await readFile(given.value, 'utf8')).trim()
    const file = given.value
    settings.push({...identity(given.entry), path, value, source: given.source, ...whereOf(given), file})
  } catch (error) {
    const message = `${given.value} cannot be read: ${reasonOf(error)}`
    mistakes.push({path, message, source: given.source})
  }
}

function find(settings: readonly Setting[], section: string, key: string): Setting | undefined {
  return settings.find((setting) => setting.section === section && setting.key === key)
}

function identity({section, key}: Entry): Pick<Setting, 'section' | 'key' | 'path'> {
  return {section, key, path: pathOf(section, key)}
}

function whereOf({where}: Given): {where?: string} {
  return where === undefined ? {} : {where}
}

function nameOf({entry, where}: Given): string {
  return where ?? writtenName(entry)
}
