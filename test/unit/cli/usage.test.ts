import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {parse} from '@oclif/core/parser'
import {describe, expect, it} from 'vitest'
import {usageReport} from '../../../src/cli/usage.js'
import {durationFlag} from '../../../src/commands/flags-base.js'

const args = {zone: Args.string({required: true, description: 'Name of the zone'})}
const flags = {
  wait: Flags.option({options: ['all', 'any'] as const})(),
  count: Flags.integer(),
  file: Flags.string({exclusive: ['count']}),
  timeout: durationFlag(),
  needed: Flags.boolean({relationships: [{type: 'all', flags: ['file']}]}),
}

/** What is said of arguments that oclif itself refuses. */
async function said(...argv: string[]): Promise<string[]> {
  const error = await parse(argv, {args, flags, strict: true}).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(Error)
  const {code, message, hints} = usageReport(error, {name: 'pdist zone x', args, flags})
  expect(code).toBe('PDIST_USAGE')
  return [message, ...hints]
}

const HELP = 'Run `pdist zone x --help`'

describe('what was not understood', () => {
  it.each([
    ['a missing argument', [], ['missing: ZONE (Name of the zone)', HELP]],
    ['too many arguments', ['a', 'b', 'c'], ['too many arguments: b c (only ZONE is expected)', HELP]],
    ['an unknown flag', ['a', '--wat=1'], ['unknown flag: --wat=1', 'Did you mean --wait?', HELP]],
    ['several', ['a', '--wat', '--zzzzzz'], ['unknown flags: --wat, --zzzzzz', 'Did you mean --wait?', HELP]],
    ['an unknown short flag', ['a', '-x'], ['unknown flag: -x', HELP]],
    [
      'a value that is none of those',
      ['a', '--wait', 'al'],
      ['--wait: "al" is none of all, any (did you mean all?)', HELP],
    ],
    ['a missing value', ['a', '--file'], ['--file needs a value', HELP]],
    ['a missing value of some', ['a', '--wait'], ['--wait needs a value, one of all, any', HELP]],
    ['no number', ['a', '--count', 'many'], ['--count: "many" is no whole number', HELP]],
    [
      'a value that a flag of ours refuses',
      ['a', '--timeout', '5'],
      ['--timeout: "5" is no duration', 'Write it as `500ms`, `30s`, `2m`, `1h` or `7d`'],
    ],
    ['a flag given twice', ['a', '--file', '1', '--file', '2'], ['--file can be given only once', HELP]],
    [
      'flags that exclude each other',
      ['a', '--file', 'x', '--count', '1'],
      ['--count=1 cannot also be provided when using --file', HELP],
    ],
    [
      'a flag that needs another',
      ['a', '--needed'],
      ['All of the following must be provided when using --needed: --file', HELP],
    ],
  ])('%s', async (_, argv, expected) => {
    expect(await said(...argv)).toEqual(expected)
  })
})
