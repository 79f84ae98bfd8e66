import {expect, it} from 'vitest'
import {DEFAULT_LIMITS} from '../../../src/lib/proxy/limits.js'

it('lets PowerDNS work on a large zone for minutes, without taking the silence for a dead client', () => {
  const {answerTimeoutMs, idleTimeoutMs, settleTimeoutMs} = DEFAULT_LIMITS
  expect(answerTimeoutMs).toBeGreaterThanOrEqual(300_000)
  expect(idleTimeoutMs).toBeGreaterThan(answerTimeoutMs)
  expect(settleTimeoutMs).toBeGreaterThan(answerTimeoutMs)
})

it('keeps others from waiting long for a change, and PowerDNS from giving up on a body that waits', () => {
  const {answerTimeoutMs, heldBodyMs, overdueMs} = DEFAULT_LIMITS
  expect(overdueMs).toBeLessThan(answerTimeoutMs / 10)
  // PowerDNS's web server waits 5 s for the next piece.
  expect(heldBodyMs).toBeLessThan(4_000)
})
