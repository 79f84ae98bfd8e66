import {beforeEach, describe, expect, test, vi} from 'vitest'
import {runStages, type Stage} from '../../../src/lib/ui/stages.js'

let written: string
const plain = {write: (text: string) => (written += text)}
const terminal = {...plain, isTTY: true}
beforeEach(() => {
  written = ''
})

describe('runStages', () => {
  test('writes plain lines as things are done, where there is no terminal', async () => {
    await runStages([stage('first', ['a', 'b']), stage('second')], plain)
    expect(written).toBe('first\n  a done\n  b done\nsecond\n')
  })

  test('shows the same with listr2 in a terminal', async () => {
    const stdout = vi
      .spyOn(process.stdout, 'write')
      .mockImplementation((text) => plain.write(String(text)) !== '')
    await runStages([stage('first', ['a', 'b']), stage('second')], terminal)
    stdout.mockRestore()
    for (const shown of ['first', 'a done', 'b done', 'second']) expect(written).toContain(shown)
  })

  test.each([
    ['plain lines', plain],
    ['a terminal', terminal],
  ])('rejects as what fails, and runs nothing after it, with %s', async (_, output) => {
    const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const failure = new Error('not served')
    const later = vi.fn(async () => [])
    const stages: Stage[] = [
      {title: 'fails', run: async () => [{name: 'a', done: Promise.reject(failure)}]},
      {title: 'later', run: later},
    ]
    await expect(runStages(stages, output)).rejects.toBe(failure)
    expect(later).not.toHaveBeenCalled()
    stdout.mockRestore()
    stderr.mockRestore()
  })
})

function stage(title: string, names: string[] = []): Stage {
  return {title, run: async () => names.map((name) => ({name, done: Promise.resolve(`${name} done`)}))}
}
