import fc from 'fast-check'
import {expect, test} from 'vitest'
import {answersOf} from '../../../src/lib/dns/record.js'
import {MalformedMessageError} from '../../../src/lib/dns/wire.js'
import {a, message, soa} from './messages.js'

test('walks the answer section', () => {
  const record = answersOf(message([soa(), a('www', 9)]))
  expect(record.next()).toBe(true)
  expect(record).toMatchObject({type: 6, class: 1, ttl: 3600})
  expect(record.next()).toBe(true)
  expect(record).toMatchObject({type: 1, length: 4})
  expect([...record.rdataBytes()]).toEqual([192, 0, 2, 9])
  expect(record.next()).toBe(false)
  expect(record.end).toBe(record.message.length)
})

test('any cut of a message is refused', () => {
  const whole = message([soa(), a('www')])
  for (let length = 0; length < whole.length; length++) {
    const walk = () => {
      const record = answersOf(whole.subarray(0, length))
      while (record.next());
    }
    expect(walk).toThrow(MalformedMessageError)
  }
})

test('random bytes end in a walk within bounds or in a MalformedMessageError', () => {
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 300}), (bytes) => {
      try {
        const record = answersOf(bytes)
        while (record.next()) expect(record.end).toBeLessThanOrEqual(bytes.length)
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedMessageError)
      }
    }),
  )
})
