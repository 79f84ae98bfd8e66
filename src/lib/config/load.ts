import {checkSection} from './check.js'
import {throughSystemd} from './credentials.js'
import {readConfigFile} from './file.js'
import {ConfigError, type Mistake, WrongFlagError} from './mistakes.js'
import {pathOf, sectionNames} from './names.js'
import type {ConfigWith, DemandingSection} from './schema.js'
import {type Setting, settle} from './settings.js'
import {fromEnvironment, fromFlags} from './sources.js'

export interface LoadOptions<N extends DemandingSection> {
  /** A file that must be there; else `PDIST_CONFIG`, else the default file if it is there. */
  file?: string | undefined
  env?: Readonly<Record<string, string | undefined>>
  /** Overrides by path, such as `{'broker.servers': ['nats://[::1]:4222']}`; undefined ones are ignored. */
  flags?: Readonly<Record<string, unknown>>
  /** Sections with required keys that must be complete. Others must only be correct in what they say. */
  need?: readonly N[]
}

/** What was read, whether it is right or not. */
export interface ConfigReading<N extends DemandingSection = never> {
  /** The file that was read. */
  readonly file?: string
  readonly settings: readonly Setting[]
  readonly mistakes: readonly Mistake[]
  /** Only when there is no mistake. Frozen. */
  readonly config?: ConfigWith<N>
}

/**
 * Reads the configuration: file, then environment, then flags. Throws ConfigError with every mistake at once, and WrongFlagError
 * where only flags are wrong.
 */
export async function loadConfig<N extends DemandingSection = never>(
  options: LoadOptions<N> = {},
): Promise<ConfigWith<N>> {
  const {config, mistakes, file} = await readConfig(options)
  if (config) return config
  throw mistakes.every(({source}) => source === 'flag')
    ? new WrongFlagError(mistakes)
    : new ConfigError(mistakes, file)
}

/** As `loadConfig`, but returns the mistakes. */
export async function readConfig<N extends DemandingSection = never>(
  options: LoadOptions<N> = {},
): Promise<ConfigReading<N>> {
  const {file: named, env = process.env, flags = {}, need = []} = options
  const file = await readConfigFile(named ?? (env.PDIST_CONFIG || undefined))
  const sources = [file, fromEnvironment(env), fromFlags(flags)]
  const given = await Promise.all(
    sources.flatMap((source) => source.given).map((each) => throughSystemd(each, env.CREDENTIALS_DIRECTORY)),
  )
  const {settings, mistakes: unsettled} = await settle(given)
  const attempted = new Set(given.map(({entry}) => pathOf(entry.section, entry.key)))
  const checked = sectionNames().map((section) =>
    checkSection({section, settings, attempted, needed: (need as readonly string[]).includes(section)}),
  )
  const mistakes = [
    ...sources.flatMap((source) => source.mistakes),
    ...unsettled,
    ...checked.flatMap((section) => section.mistakes),
  ]
  const read = {...(file.file === undefined ? {} : {file: file.file}), settings, mistakes}
  if (mistakes.length > 0) return read
  const config = Object.freeze(Object.fromEntries(checked.flatMap(({typed}) => (typed ? [typed] : []))))
  return {...read, config: config as unknown as ConfigWith<N>}
}
