import {PdistError, type PdistErrorOptions} from '../../errors.js'

/** Where something stands in a zone file. */
export interface Position {
  file: string
  /** From 1. */
  line: number
}

/** A zone file cannot be read, or what it says makes no zone. The message begins with file and line, as compilers have it. */
export class ZoneFileError extends PdistError {
  readonly code = 'PDIST_ZONE_FILE'
  readonly file: string
  readonly line: number

  constructor({file, line}: Position, what: string, options: PdistErrorOptions = {}) {
    super(`${file}:${line}: ${what}`, options)
    this.file = file
    this.line = line
  }
}
