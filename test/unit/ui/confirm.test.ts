import {PassThrough} from 'node:stream'
import {expect, test} from 'vitest'
import {confirm} from '../../../src/lib/ui/confirm.js'

const {signal} = new AbortController()

function terminal({isTTY = true} = {}) {
  const input = Object.assign(new PassThrough(), {isTTY})
  const output = Object.assign(new PassThrough(), {isTTY})
  return {input, output}
}

test.each([
  ['y', true],
  ['YES', true],
  ['n', false],
  ['', false],
  ['yesterday', false],
])('the answer %j is %s', async (answer, expected) => {
  const {input, output} = terminal()
  const asked = confirm('Delete it?', {input, output}, signal)
  input.write(`${answer}\n`)
  expect(await asked).toBe(expected)
  expect(output.read().toString()).toBe('Delete it? [y/N] ')
})

test('where nobody can answer it is a mistake of usage that names --yes', async () => {
  const asked = confirm('Delete it?', terminal({isTTY: false}), signal)
  await expect(asked).rejects.toMatchObject({code: 'PDIST_USAGE', hints: [expect.stringContaining('--yes')]})
})

test('an interruption ends the question', async () => {
  const ending = new AbortController()
  const asked = confirm('Delete it?', terminal(), ending.signal)
  ending.abort(new Error('interrupted'))
  await expect(asked).rejects.toThrow('interrupted')
})

test('an input that ends is no', async () => {
  const {input, output} = terminal()
  const asked = confirm('Delete it?', {input, output}, signal)
  input.end()
  expect(await asked).toBe(false)
})
