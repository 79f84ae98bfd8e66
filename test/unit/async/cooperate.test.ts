import {expect, test} from 'vitest'
import {cooperate} from '../../../src/lib/async/cooperate.js'

function* busy(ms: number): Generator<void, string> {
  const until = performance.now() + ms
  while (performance.now() < until) yield
  return 'done'
}

test('a long computation comes to its result, and lets other work in meanwhile', async () => {
  let turns = 0
  const ticking = setInterval(() => turns++, 1)
  try {
    expect(await cooperate(busy(60), new AbortController().signal)).toBe('done')
  } finally {
    clearInterval(ticking)
  }
  expect(turns).toBeGreaterThan(0)
})

test('it ends with the signal, or with its own error', async () => {
  const stop = new AbortController()
  const endless = cooperate(busy(Number.POSITIVE_INFINITY), stop.signal)
  setTimeout(() => stop.abort(new Error('enough')), 1)
  await expect(endless).rejects.toThrow('enough')
  const failing = function* (): Generator<void, never> {
    yield
    throw new Error('broken')
  }
  await expect(cooperate(failing(), new AbortController().signal)).rejects.toThrow('broken')
})
