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

/** Whoever reads more than these has forgotten the first. */
const MOST_TOLD = 20

/** What is wrong with a zone file, so that all of it is told at once. */
export class Mistakes {
  readonly #first: ZoneFileError[] = []
  #count = 0

  add(mistake: ZoneFileError): void {
    this.#count++
    if (this.#first.length < MOST_TOLD) this.#first.push(mistake)
  }

  /** @throws ZoneFileError with a line for each mistake, at the position of the first. */
  throwIfAny(): void {
    const [first, ...others] = this.#first
    if (!first) return
    if (others.length === 0) throw first
    const untold = this.#count - this.#first.length
    const what = [
      first.message.slice(`${first.file}:${first.line}: `.length),
      ...others.map(({message}) => message),
      ...(untold > 0 ? [`and ${untold} more mistakes`] : []),
    ]
    const hints = [...new Set(this.#first.flatMap((mistake) => mistake.hints))]
    throw new ZoneFileError(first, what.join('\n'), {cause: first, hints})
  }
}
