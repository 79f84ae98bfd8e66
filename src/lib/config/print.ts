import {stringify} from 'smol-toml'
import {keysOf, sectionNames} from './names.js'
import type {Setting} from './settings.js'

export const HIDDEN = '(hidden)'

/** A setting that can be shown: a secret's value is replaced. */
export interface ShownSetting {
  readonly path: string
  readonly value: unknown
  readonly source: string
}

/** Every setting with where it comes from, secrets hidden, in the order of the schema. */
export function shownSettings(settings: readonly Setting[]): ShownSetting[] {
  return inOrder(settings).map((setting) => ({
    path: `${setting.section}.${setting.key}`,
    value: shownValue(setting),
    source: sourceOf(setting),
  }))
}

/** The whole configuration as TOML, defaults included, secrets hidden; with `sources`, each value with where it comes from. */
export function printSettings(settings: readonly Setting[], {sources = false} = {}): string {
  return sectionNames()
    .map((section) => {
      const own = inOrder(settings).filter((setting) => setting.section === section)
      const lines = own.map((setting) => {
        const line = stringify({[setting.key]: shownValue(setting)}).trimEnd()
        return sources ? `${line}  # ${sourceOf(setting)}` : line
      })
      return [`[${section}]`, ...lines].join('\n')
    })
    .join('\n\n')
}

/** `file`, `default`, `flag`, or the variable. */
function sourceOf({where, source}: Setting): string {
  return where ?? source
}

function shownValue({section, key, value}: Setting): unknown {
  return keysOf(section)[key]?.kind.secret ? HIDDEN : withoutMisplaced(value)
}

/** A login in a URL, and a private key for a public one, are mistakes; to show a mistake is no reason to show the secret. */
function withoutMisplaced(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMisplaced)
  if (typeof value !== 'string') return value
  if (value.includes('PRIVATE KEY')) return HIDDEN
  // Up to the last @: an unescaped password may hold anything.
  return value.replace(/^([a-z][a-z0-9+.-]*:\/\/|(?=[^@]*:)).*@/is, `$1${HIDDEN}@`)
}

function inOrder(settings: readonly Setting[]): Setting[] {
  return sectionNames().flatMap((section) =>
    Object.keys(keysOf(section)).flatMap((key) =>
      settings.filter((setting) => setting.section === section && setting.key === key),
    ),
  )
}
