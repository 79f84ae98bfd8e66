import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {zoneName} from '../../../../src/lib/dns/name.js'
import {secondsUntil} from '../../../../src/lib/dns/serial.js'
import {Alarm} from '../../../../src/lib/sync/watch/alarm.js'
import {type SeenState, SignatureWatch} from '../../../../src/lib/sync/watch/signatures.js'
import {tombstoneOf, versionOf} from '../../../support/versions.js'

const NOW = 1_800_000_000
const DAY = 86_400
const WARNING = {warning: 2 * DAY}
const HOUR_MS = 3_600_000

function signed(zone: string, ...expirations: number[]): SeenState {
  const signatures = expirations.map((expiration, keyTag) => ({
    keyTag,
    inception: 1,
    expiration: expiration >>> 0,
  }))
  return versionOf(zone, {fingerprint: {serial: 1, signatures, keySet: 'k'}})
}

function watchOf(...states: SeenState[]): SignatureWatch {
  const watch = new SignatureWatch()
  for (const state of states) watch.seen(state)
  return watch
}

describe('the watch over signatures', () => {
  test('counts signed zones, and those that expire soon or have expired', () => {
    const watch = watchOf(
      versionOf('unsigned.test'),
      signed('good.test', NOW + 20 * DAY),
      signed('soon.test', NOW + DAY),
      signed('late.test', NOW - 1),
      signed('now.test', NOW),
    )
    expect(watch.summary(NOW, WARNING)).toMatchObject({signed: 4, expiring: 1, expired: 2})
    expect(watch.summary(NOW, {...WARNING, most: 3}).soonest).toEqual([
      {zone: 'late.test.', left: -1},
      {zone: 'now.test.', left: 0},
      {zone: 'soon.test.', left: DAY},
    ])
    expect(watch.summary(NOW + DAY, WARNING)).toMatchObject({expiring: 0, expired: 3})
  })

  test('goes by the first signature to expire, and by that of the whole zone where it is known', () => {
    const watch = watchOf(signed('two.test', NOW + 9 * DAY, NOW + DAY))
    expect(watch.summary(NOW, WARNING).expiring).toBe(1)
    const zone = signed('all.test', NOW + 9 * DAY)
    if (zone.kind === 'version') watch.seen({...zone, expires: NOW - DAY})
    expect(watch.summary(NOW, WARNING)).toMatchObject({signed: 2, expiring: 1, expired: 1})
  })

  test('counts on where the 32 bits of the seconds wrap', () => {
    const late = 2 ** 32 - 100
    const watch = watchOf(
      signed('wrap.test', 2 ** 32 + DAY),
      signed('both.test', 2 ** 32 - 50, 2 ** 32 + DAY),
    )
    expect(watch.summary(late, WARNING).soonest.map(({left}) => left)).toEqual([50, DAY + 100])
    expect(watch.summary(2 ** 32 + 3 * DAY, WARNING).expired).toBe(2)
  })

  test('the time left is right at any time, up to 68 years', () => {
    const times = [
      fc.integer({min: 0, max: 2 ** 33}),
      fc.integer({min: -(2 ** 31) + 1, max: 2 ** 31 - 1}),
    ] as const
    fc.assert(
      fc.property(...times, (now, left) => {
        expect(secondsUntil((now + left) >>> 0, now * 1000)).toBe(left)
      }),
    )
  })

  test('forgets what is gone or no longer signed', () => {
    const zones = ['a', 'b', 'c', 'd'].map((name) => `${name}.test`)
    const watch = watchOf(
      ...zones.map((zone) => signed(zone, NOW)),
      versionOf('b.test'),
      tombstoneOf('a.test'),
    )
    watch.forget(zoneName('c.test'))
    expect(zones.map((zone) => watch.isSigned(zoneName(zone)))).toEqual([false, false, false, true])
    expect(watch.summary(NOW, WARNING).signed).toBe(1)
    watch.clear()
    expect(watch.summary(NOW, WARNING)).toEqual({signed: 0, expiring: 0, expired: 0, soonest: []})
  })

  test('names the soonest as sorting all of them would', () => {
    const many = fc.array(fc.integer({min: -1000, max: 1000}), {maxLength: 40})
    fc.assert(
      fc.property(many, fc.integer({min: 1, max: 12}), (lefts, most) => {
        const watch = watchOf(...lefts.map((left, i) => signed(`${i}.test`, NOW + left)))
        const {soonest} = watch.summary(NOW, {...WARNING, most})
        expect(soonest.map(({left}) => left)).toEqual(lefts.toSorted((a, b) => a - b).slice(0, most))
      }),
    )
  })
})

describe('the alarm', () => {
  test('speaks when the size class changes, and when it is over', () => {
    const alarm = new Alarm()
    const counts = [0, 1, 2, 9, 10, 99, 100, 1, 0, 0]
    expect(counts.map((count) => alarm.look(count, 1000))).toEqual([
      undefined,
      'raise',
      undefined,
      undefined,
      'raise',
      undefined,
      'raise',
      'raise',
      'clear',
      undefined,
    ])
  })

  test('speaks again after an hour, as long as there is something to say', () => {
    const alarm = new Alarm()
    expect(alarm.look(3, 0)).toBe('raise')
    expect(alarm.look(3, HOUR_MS - 1)).toBeUndefined()
    expect(alarm.look(3, HOUR_MS)).toBe('raise')
    expect(alarm.look(0, HOUR_MS)).toBe('clear')
    expect(alarm.look(0, 3 * HOUR_MS)).toBeUndefined()
  })
})
