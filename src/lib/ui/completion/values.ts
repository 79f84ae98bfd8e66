import type {ArgumentText, CommandText, FlagText, Surface} from '../manual/surface.js'

/** Names that only the running system knows, as `pdist complete` gives them. */
export type NameKind = 'zones' | 'secondaries' | 'plans'

/** What a value may be, as far as a shell can offer it. */
export interface Values {
  words: readonly string[]
  names: readonly NameKind[]
  paths?: 'files' | 'directories'
}

const NAMED: Readonly<Record<string, NameKind>> = {
  zone: 'zones',
  zones: 'zones',
  secondary: 'secondaries',
  secondaries: 'secondaries',
}
const PATHS: Readonly<Record<string, 'files' | 'directories'>> = {
  file: 'files',
  output: 'files',
  dir: 'directories',
  directory: 'directories',
}

/** By the argument's name: `zone`, `secondary`, and `id` where it is a plan's. */
export function valuesOfArgument({name: command}: CommandText, {name, options}: ArgumentText): Values {
  const isPlan = name === 'id' && command.startsWith('plan ')
  const kind = isPlan ? 'plans' : NAMED[name]
  return {words: options, names: kind ? [kind] : [], ...pathsOf([name])}
}

/** By the flag's options, its name and what stands for its value: `all|any|N`, `primary|store|SECONDARY`, `FILE`. */
export function valuesOfFlag({name, value}: FlagText): Values {
  if (!value) return {words: [], names: []}
  const parts = value.label.split('|').map((part) => part.replace(/^<(.*)>$/, '$1'))
  const words =
    value.options.length > 0 ? value.options : parts.filter((part) => /^[a-z][a-z0-9-]*$/.test(part))
  const places = parts.filter((part) => part === part.toUpperCase()).map((part) => part.toLowerCase())
  const kinds = [name, ...places].flatMap((text) => NAMED[text] ?? [])
  return {
    words: parts.length > 1 || value.options.length > 0 ? words : [],
    names: [...new Set(kinds)],
    ...pathsOf([name, ...places]),
  }
}

function pathsOf(texts: readonly string[]): {paths?: 'files' | 'directories'} {
  const paths = texts.map((text) => PATHS[text]).find((found) => found !== undefined)
  return paths === undefined ? {} : {paths}
}

/** The words that may follow `parent`, a topic's name or nothing. */
export function childrenOf({commands, topics}: Surface, parent: string): string[] {
  const depth = parent === '' ? 0 : parent.split(' ').length
  const inside = [...topics, ...commands]
    .map(({name}) => name.split(' '))
    .filter((words) => {
      return words.length > depth && words.slice(0, depth).join(' ') === parent
    })
  return [...new Set(inside.map((words) => words[depth] ?? ''))].sort()
}
