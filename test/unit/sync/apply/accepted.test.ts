import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {linesOf, parseAccepted} from '../../../../src/daemons/syncer/accepted-lines.js'
import {zoneName} from '../../../../src/lib/dns/name.js'
import {Accepted} from '../../../../src/lib/sync/apply/accepted.js'
import {zoneNames} from '../../../support/arbitraries.js'

const ZONES = Array.from({length: 12}, (_, i) => zoneName(`z${i}.test`))
const notes = fc.array(
  fc.record({zone: fc.constantFrom(...ZONES), sequence: fc.nat(1000), gone: fc.boolean()}),
  {maxLength: 80},
)

/** What a zone's next state has to have at least, where keys are trusted. */
function leastOf(accepted: Accepted, zone: (typeof ZONES)[number]): number {
  return accepted.sequenceOf(zone) ?? accepted.floor + 1
}

describe('what was taken', () => {
  it('never becomes less, whatever is forgotten, and is not more than a few deleted zones', () => {
    fc.assert(
      fc.property(notes, fc.integer({min: 1, max: 6}), (all, maxGone) => {
        const accepted = new Accepted({since: 1, maxGone})
        const newest = new Map<string, number>()
        const alive = new Set<string>()
        for (const {zone, sequence, gone} of all) {
          if (sequence < leastOf(accepted, zone)) continue
          const isNewer = accepted.note(zone, {sequence, gone})
          newest.set(zone, Math.max(sequence, newest.get(zone) ?? 0))
          if (isNewer && gone) alive.delete(zone)
          else if (isNewer) alive.add(zone)
        }
        for (const [zone, sequence] of newest)
          expect(leastOf(accepted, zoneName(zone))).toBeGreaterThanOrEqual(sequence)
        for (const zone of alive) expect(accepted.sequenceOf(zoneName(zone))).toBe(newest.get(zone))
        expect(accepted.size).toBeLessThanOrEqual(alive.size + maxGone)
      }),
      {numRuns: 500},
    )
  })

  it('does not forget what is served for what is gone', () => {
    const accepted = new Accepted({since: 1, maxGone: 2})
    accepted.note(ZONES[0] ?? zoneName('.'), {sequence: 1, gone: false})
    for (const [i, zone] of ZONES.slice(1).entries()) accepted.note(zone, {sequence: 10 + i, gone: true})
    expect(accepted.sequenceOf(zoneName('z0.test'))).toBe(1)
    expect(accepted.sequenceOf(zoneName('z1.test'))).toBeUndefined()
    expect(accepted.floor).toBeGreaterThan(10)
  })
})

describe('its file', () => {
  const entries = fc.array(fc.record({zone: zoneNames, sequence: fc.nat(2 ** 50), gone: fc.boolean()}))

  it('says the same', () => {
    fc.assert(
      fc.property(entries, fc.nat(2 ** 50), fc.integer({min: 1, max: 4}), (all, floor, atOnce) => {
        const accepted = new Accepted({since: 5, floor})
        for (const {zone, ...entry} of all) accepted.note(zone, entry)
        const read = parseAccepted([...linesOf(accepted, atOnce)].join(''))
        expect(new Map(read)).toEqual(new Map(accepted))
        expect([read.since, read.floor]).toEqual([5, floor])
      }),
    )
  })

  it('is read as far as it means anything', () => {
    const lines = [
      'pdist accepted 1 5',
      '7 *',
      '9 + a.test',
      'x',
      '',
      '8 - a.test',
      '3 + UPPER.test',
      '4 - b.test',
      '4 *',
    ]
    const read = parseAccepted(`${lines.join('\n')}\n9 + c.te`)
    expect([...read]).toEqual([
      ['a.test.', {sequence: 9, gone: false}],
      ['b.test.', {sequence: 4, gone: true}],
    ])
    expect(read.floor).toBe(7)
  })

  it.each(['', '\n', 'pdist accepted 2 5\n', 'pdist accepted 1\n', 'pdist accepted 1 5'])(
    'is none: %j',
    (text) => {
      expect(() => parseAccepted(text)).toThrow(SyntaxError)
    },
  )
})
