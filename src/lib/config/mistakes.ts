import {PdistError} from '../errors.js'

export type SourceKind = 'file' | 'environment' | 'flag'

/** One thing that is wrong, and where: `secondary.api_url`, a place in the file, or a flag. Never holds a secret. */
export interface Mistake {
  readonly path: string
  readonly message: string
  /** What says the wrong thing; absent where something is missing, or where the path says it. */
  readonly source?: SourceKind
}

/** Every mistake of a configuration at once. */
export class ConfigError extends PdistError {
  readonly code = 'PDIST_CONFIG_INVALID'
  readonly mistakes: readonly Mistake[]

  /** `file` is undefined where there was none. */
  constructor(mistakes: readonly Mistake[], file?: string) {
    const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`
    const lines = mistakes.map(({path, message}) => `\n  ${path}: ${message}`)
    // The file is not to blame for what the environment says.
    const blamed = mistakes.every(({source}) => source === 'environment') ? undefined : file
    super(`${count} in the configuration${blamed === undefined ? '' : ` (${blamed})`}${lines.join('')}`, {
      hints: ['Run `pdist config check` after the correction'],
    })
    this.mistakes = mistakes
  }
}

/** Nothing is wrong but what flags say. */
export class WrongFlagError extends PdistError {
  readonly code = 'PDIST_USAGE'

  constructor(mistakes: readonly Mistake[]) {
    super(mistakes.map(({path, message}) => `${path}: ${message}`).join('\n'))
  }
}
