import type {Key, Keys} from './keys.js'
import {type SectionName, sections} from './schema.js'

/** What may be written in a section: its keys, and `<key>_file` for each secret. */
export interface Entry {
  readonly section: SectionName
  readonly key: string
  readonly definition: Key<unknown>
  /** The value is the path of a file that holds the secret. */
  readonly fromFile: boolean
}

/** `secondary.api_url`: how people are told of a key. */
export function pathOf(section: string, key: string): string {
  return `${section}.${key}`
}

/** `PDIST_SECONDARY_API_URL` */
export function variableOf(section: string, key: string): string {
  return `PDIST_${section}_${key}`.toUpperCase()
}

export function sectionNames(): SectionName[] {
  return Object.keys(sections) as SectionName[]
}

export function keysOf(section: SectionName): Keys {
  return sections[section]
}

/** Everything that may be written, in the order of the schema. */
export const entries: readonly Entry[] = sectionNames().flatMap((section) =>
  Object.entries(keysOf(section)).flatMap(([key, definition]) => {
    const own = {section, key, definition, fromFile: false}
    return definition.kind.secret ? [own, {...own, fromFile: true}] : [own]
  }),
)

/** The name under which the entry is written. */
export function writtenName({key, fromFile}: Entry): string {
  return fromFile ? `${key}_file` : key
}
