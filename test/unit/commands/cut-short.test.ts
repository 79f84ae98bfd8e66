import {Config} from '@oclif/core/config'
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {BaseCommand, InterruptedError} from '../../../src/commands/base.js'
import {ROOT} from '../../support/pdist.js'

interface Plan {
  /** What cuts the work short. */
  by: 'SIGINT' | 'EPIPE'
  /** What the command says of its work, if it has any. */
  told?: string
  /** What the work then fails with; the signal's reason unless given. */
  failure?: Error
}

let written: string
beforeEach(() => {
  written = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += text
    return true
  })
})
afterEach(() => vi.restoreAllMocks())

/** The exit code of a command that waits for its signal. */
async function exitCode({by, told, failure}: Plan): Promise<unknown> {
  class Waiting extends BaseCommand<void> {
    static override id = 'waiting'

    async run(): Promise<void> {
      await this.parse(Waiting)
      if (told !== undefined) this.whenInterrupted(() => told)
      const {signal} = this
      if (by === 'SIGINT') process.emit('SIGINT', 'SIGINT')
      else process.stdout.emit('error', Object.assign(new Error('closed'), {code: 'EPIPE'}))
      throw failure ?? signal.reason
    }
  }
  const command = new Waiting([], await Config.load(ROOT))
  const error: unknown = await (command as unknown as {_run(): Promise<void>})
    ._run()
    .catch((reason) => reason)
  return (error as {oclif?: {exit?: number}}).oclif?.exit
}

const other = new TypeError('a request was aborted')

describe('a command that is cut short', () => {
  it.each<[string, Plan, number, string]>([
    ['by Ctrl-C says so', {by: 'SIGINT'}, 1, 'Error PDIST_INTERRUPTED: interrupted\n'],
    [
      'says what was done',
      {by: 'SIGINT', told: '1 of 2'},
      1,
      'Error PDIST_INTERRUPTED: interrupted: 1 of 2\n',
    ],
    [
      'says nothing of what failed by it',
      {by: 'SIGINT', failure: other},
      1,
      'Error PDIST_INTERRUPTED: interrupted\n',
    ],
    [
      'lets speak who knows more',
      {by: 'SIGINT', told: 'x', failure: new InterruptedError('interrupted: 3 are changed')},
      1,
      'Error PDIST_INTERRUPTED: interrupted: 3 are changed\n',
    ],
    ['by a reader that has had enough is done', {by: 'EPIPE'}, 0, ''],
    [
      'but not where it had work to do',
      {by: 'EPIPE', told: '1 of 2'},
      1,
      'Error PDIST_INTERRUPTED: interrupted: 1 of 2\n',
    ],
    [
      'nor where something else failed',
      {by: 'EPIPE', failure: other},
      1,
      'Error PDIST_UNEXPECTED: a request was aborted\n',
    ],
  ])('%s', async (_, plan, code, text) => {
    expect(await exitCode(plan)).toBe(code)
    expect(written).toBe(text)
  })
})
