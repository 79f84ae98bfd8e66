import fc from 'fast-check'
import {expect, test} from 'vitest'
import {earlierTime, isNewer, secondsUntil} from '../../../src/lib/dns/serial.js'

const serial = fc.integer({min: 0, max: 2 ** 32 - 1})

test('whatever is added up to half the space is newer (RFC 1982 §3.2)', () => {
  fc.assert(
    fc.property(serial, fc.integer({min: 1, max: 2 ** 31 - 1}), (current, ahead) => {
      const candidate = (current + ahead) % 2 ** 32
      expect(isNewer(candidate, current)).toBe(true)
      expect(isNewer(current, candidate)).toBe(false)
    }),
  )
})

test('no serial is newer than itself, nor than the one half the space away', () => {
  fc.assert(
    fc.property(serial, (current) => {
      expect(isNewer(current, current)).toBe(false)
      expect(isNewer((current + 2 ** 31) % 2 ** 32, current)).toBe(false)
    }),
  )
})

test('of two times the earlier one is found, and how far it is from now, in every century', () => {
  const seconds = fc.integer({min: 0, max: 2 ** 40})
  const apart = fc.integer({min: 1, max: 2 ** 31 - 1})
  fc.assert(
    fc.property(seconds, apart, fc.integer({min: 0, max: 999}), (time, ahead, ms) => {
      const [early, late] = [time % 2 ** 32, (time + ahead) % 2 ** 32]
      expect([earlierTime(early, late), earlierTime(late, early)]).toEqual([early, early])
      expect(secondsUntil(late, time * 1000 + ms)).toBe(ahead)
      expect(secondsUntil(early, (time + ahead) * 1000 + ms)).toBe(-ahead)
      expect(secondsUntil(early, time * 1000 + ms)).toBe(0)
    }),
  )
})
