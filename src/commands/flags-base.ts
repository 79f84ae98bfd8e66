import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {parseDuration} from '../lib/config/quantities.js'
import {PdistError} from '../lib/errors.js'
import type {WaitFor} from '../lib/sync/push.js'

export class InvalidFlagError extends PdistError {
  readonly code = 'PDIST_USAGE'
}

/** A duration such as `30s`, in milliseconds. */
export const durationFlag = Flags.custom<number>({
  helpValue: 'DURATION',
  parse: async (text) => {
    const ms = parseDuration(text)
    if (ms !== undefined) return ms
    throw new InvalidFlagError(`"${text}" is no duration`, {
      hints: ['Write it as `500ms`, `30s`, `2m`, `1h` or `7d`'],
    })
  },
})

/** A secondary by its name. */
export const secondaryArg = Args.custom<string>({
  description: 'Name of the secondary',
  // Names become parts of subjects in the broker, where other characters mean something.
  parse: async (text) => {
    if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(text)) return text
    throw new InvalidFlagError(`"${text}" is no name of a secondary`, {
      hints: [
        'Names are of lower-case letters, digits and hyphens, as in `secondary.name`',
        'Run `pdist secondary list`',
      ],
    })
  },
})

/** `all`, `any`, or a number of secondaries. */
export const waitFlag = Flags.custom<WaitFor>({
  helpValue: 'all|any|N',
  parse: async (text) => {
    if (text === 'all' || text === 'any') return text
    if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
    throw new InvalidFlagError(`"${text}" is none of all, any and a number`, {
      hints: ['`--wait all` waits for every active secondary, `--wait any` for the first one'],
    })
  },
})
