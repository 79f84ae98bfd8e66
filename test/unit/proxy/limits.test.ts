import {expect, it} from 'vitest'
import {DEFAULT_LIMITS} from '../../../src/lib/proxy/limits.js'

it('lets PowerDNS work on a large zone for minutes, without taking the silence for a dead client', () => {
  const {answerTimeoutMs, idleTimeoutMs, settleTimeoutMs} = DEFAULT_LIMITS
  expect(answerTimeoutMs).toBeGreaterThanOrEqual(300_000)
  expect(idleTimeoutMs).toBeGreaterThan(answerTimeoutMs)
  expect(settleTimeoutMs).toBeGreaterThan(answerTimeoutMs)
})
