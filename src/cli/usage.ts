import {type ErrorReport, PdistError, reportOf} from '../lib/errors.js'
import {nearest} from '../lib/nearest.js'
import {USAGE} from './report.js'

/** The command that was called, as far as its mistakes are to be told. */
export interface CalledCommand {
  /** As people write it, with the program's name: `pdist zone show`. */
  name: string
  flags: Readonly<Record<string, object>>
  args: Readonly<Record<string, object>>
}

interface RequiredArgument {
  name: string
  description?: string
}

/** What oclif's parser says in one sentence, and how we say it. */
const REWORDED: ReadonlyArray<readonly [RegExp, string]> = [
  [/^Flag (--\S+) expects a value$/, '$1 needs a value'],
  [/^Flag (--\S+) expects one of these values: (.*)$/, '$1 needs a value, one of $2'],
  [/^Flag (--\S+) can only be specified once$/, '$1 can be given only once'],
  [/^Expected (--[^=]+)=(.*) to be one of: (.*)$/, '$1: "$2" is none of $3'],
  [/^Expected (.*) to be one of: (.*)$/, '"$1" is none of $2'],
  [/^Parsing (--\S+)\s+Expected an integer but received: (.*)$/, '$1: "$2" is no whole number'],
  [/^Parsing (--\S+)\s+/, '$1: '],
  [/^(?:The following errors? occurred:\s+)?Missing required flag (\S+)/, '--$1 is required'],
  [/^The following errors? occurred:\s+/, ''],
]

/** The report of what oclif's parser, or a flag's or an argument's own check, did not understand. */
export function usageReport(error: unknown, command: CalledCommand): ErrorReport {
  const {code, message, hints} = reportOf(error)
  const text = reworded(message.replace(/\nSee more help with --help$/, ''))
  if (error instanceof PdistError) return {code, message: text, hints}
  const help = `Run \`${command.name} --help\``
  if (hasList(error, 'flags')) {
    const unknown = error.flags.map(String)
    const near = unknown.flatMap((flag) => nearestFlag(flag, Object.keys(command.flags)) ?? [])
    const hint = near.length === 0 ? [] : [`Did you mean ${near.join(' and ')}?`]
    const what = unknown.length === 1 ? 'unknown flag' : 'unknown flags'
    return {code: USAGE, message: `${what}: ${unknown.join(', ')}`, hints: [...hint, help]}
  }
  if (hasList(error, 'args')) {
    return {code: USAGE, message: argumentMistake(error.args, Object.keys(command.args)), hints: [help]}
  }
  return {code: USAGE, message: withNearestOption(text, command), hints: [help]}
}

/** `taken` are the names of the arguments that there are. */
export function tooMany(extra: readonly string[], taken: readonly string[]): string {
  const expected = taken.length === 0 ? 'none is expected' : `only ${capitals(taken)} is expected`
  return `too many arguments: ${extra.join(' ')} (${expected})`
}

function argumentMistake(args: readonly unknown[], taken: readonly string[]): string {
  if (args.every((arg) => typeof arg === 'string')) return tooMany(args, taken)
  const missing = args as readonly RequiredArgument[]
  const named = missing.map(({name, description}) => {
    return description ? `${name.toUpperCase()} (${description})` : name.toUpperCase()
  })
  return `missing: ${named.join(', ')}`
}

function capitals(names: readonly string[]): string {
  return names.map((name) => name.toUpperCase()).join(' ')
}

function reworded(message: string): string {
  for (const [pattern, words] of REWORDED) {
    if (pattern.test(message)) return message.replace(pattern, words)
  }
  return message
}

function nearestFlag(flag: string, known: readonly string[]): string | undefined {
  if (!flag.startsWith('--')) return undefined
  const near = nearest(flag.slice(2).replace(/=.*/s, ''), known)
  return near === undefined ? undefined : `--${near}`
}

/** Names the option that was nearly hit. */
function withNearestOption(text: string, {flags}: CalledCommand): string {
  const [, flag = '', value = ''] = /^--(\S+): "(.*)" is none of /s.exec(text) ?? []
  const definition = flags[flag] as {options?: readonly string[]} | undefined
  const near = nearest(value, definition?.options ?? [])
  return near === undefined ? text : `${text} (did you mean ${near}?)`
}

function hasList<K extends string>(error: unknown, key: K): error is Record<K, readonly unknown[]> {
  return typeof error === 'object' && error !== null && Array.isArray((error as Record<string, unknown>)[key])
}
