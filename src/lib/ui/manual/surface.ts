/** What `pdist` offers at a shell, as its help describes it: the one source of completion, manual pages and the reference. */
export interface Surface {
  bin: string
  version: string
  description: string
  topics: readonly TopicText[]
  /** In alphabetical order, hidden ones left out. */
  commands: readonly CommandText[]
}

export interface TopicText {
  name: string
  description: string
}

export interface CommandText {
  /** The words after the program's name: `zone push`. */
  name: string
  summary: string
  description: string
  args: readonly ArgumentText[]
  flags: readonly FlagText[]
  examples: readonly ExampleText[]
  exitCodes: ExitCodes
}

export interface ArgumentText {
  name: string
  description: string
  required: boolean
  multiple: boolean
  options: readonly string[]
}

export interface FlagText {
  name: string
  char?: string
  summary: string
  /** Absent for a flag without a value. */
  value?: FlagValue
  /** `--no-…` is there as well. */
  negatable: boolean
  required: boolean
  /** Every command has it. */
  global: boolean
}

export interface FlagValue {
  /** What stands for it in a synopsis: `FILE`, `all|any|N`. */
  label: string
  options: readonly string[]
  multiple: boolean
  fallback?: string
}

export interface ExampleText {
  description?: string
  /** A shell command, perhaps with several lines. */
  command: string
}

/** What the process exits with, and what that means. */
export type ExitCodes = Readonly<Record<number, string>>

export const EXIT_CODES: ExitCodes = {
  0: 'done',
  1: 'not done: an error with its code on stderr, or a result that says what is missing',
  2: 'not understood: a wrong command, argument or flag',
}

/** As monitoring plugins use them. */
export const HEALTH_EXIT_CODES: ExitCodes = {
  0: 'ok',
  1: 'warning',
  2: 'critical',
  3: 'unknown: the state could not be found out',
}

/** The environment that every command reads. */
export const ENVIRONMENT: ReadonlyArray<readonly [string, string]> = [
  ['PDIST_CONFIG', 'the configuration file, unless --config names one (default: /etc/pdist/pdist.toml)'],
  ['PDIST_<SECTION>_<KEY>', 'any key of the configuration, such as PDIST_BROKER_SERVERS; wins over the file'],
  ['NO_COLOR', 'no colours, whatever its value is'],
]
