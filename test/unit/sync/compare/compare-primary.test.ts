import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {type ZoneName, zoneName} from '../../../../src/lib/dns/name.js'
import {comparePrimary, type ListedZone} from '../../../../src/lib/sync/compare/compare-primary.js'
import {RepairBackoff} from '../../../../src/lib/sync/compare/repair-backoff.js'
import {StorePicture} from '../../../../src/lib/sync/compare/store-picture.js'
import {stored, tombstoneOf, versionOf} from '../../../support/versions.js'

function listed(zone: string, serial: number, fields: Partial<ListedZone> = {}): ListedZone {
  return {zone: zoneName(zone), kind: 'native', serial, editedSerial: serial, lastCheck: 0, ...fields}
}

/** A picture of zones by serial; undefined for a tombstone. */
function picture(zones: Record<string, number | undefined>): StorePicture {
  const made = new StorePicture()
  made.onReset('now')
  for (const [index, [zone, serial]] of Object.entries(zones).entries()) {
    const state =
      serial === undefined ? tombstoneOf(zone) : versionOf(zone, {fingerprint: {serial, signatures: []}})
    made.onState(stored(state, index + 1))
  }
  made.onCaughtUp()
  return made
}

describe('the primary and the store', () => {
  it('differ by zones, serials and tombstones', async () => {
    const states = picture({
      'same.test': 1,
      'older.test': 1,
      'gone.test': 1,
      'back.test': undefined,
      'dead.test': undefined,
    })
    const listing = [
      listed('same.test', 1),
      listed('older.test', 2),
      listed('back.test', 3),
      listed('new.test', 0),
      listed('waits.test', 0, {kind: 'secondary'}),
      listed('zero.test', 0, {kind: 'secondary', lastCheck: 5}),
    ]
    expect(await comparePrimary(states, listing)).toEqual({
      zones: 6,
      differences: [
        {zone: 'older.test.', action: 'update', because: 'other serial in the store', serial: 2},
        {zone: 'back.test.', action: 'create', because: 'deleted in the store', serial: 3},
        {zone: 'new.test.', action: 'create', because: 'missing in the store', serial: 0},
        {zone: 'waits.test.', action: 'create', because: 'missing in the store', serial: 0, empty: true},
        {zone: 'zero.test.', action: 'create', because: 'missing in the store', serial: 0},
        {zone: 'gone.test.', action: 'delete', because: 'gone from the primary'},
      ],
    })
  })

  it('differ by what is served, not by what is stored', async () => {
    const edited = listed('a.test', 1, {editedSerial: 2})
    expect((await comparePrimary(picture({'a.test': 2}), [edited])).differences).toEqual([])
    expect((await comparePrimary(picture({'a.test': 1}), [edited])).differences).toHaveLength(1)
  })

  it('say nothing of what is gone where the listing is empty', async () => {
    expect(await comparePrimary(picture({'a.test': 1}), [])).toEqual({
      ...{zones: 0, differences: [], doubt: 'the listing is empty'},
    })
    expect(await comparePrimary(picture({'a.test': undefined}), [])).toEqual({zones: 0, differences: []})
  })

  it('nor where it has no edited serials, but what is missing in the store is', async () => {
    const {editedSerial: _, ...plain} = listed('a.test', 7)
    const states = picture({'a.test': 1, 'gone.test': 1})
    expect(await comparePrimary(states, [plain, {...plain, zone: zoneName('b.test')}])).toEqual({
      zones: 2,
      differences: [{zone: 'b.test.', action: 'create', because: 'missing in the store', serial: 7}],
      doubt: 'the listing has no edited serials',
    })
  })

  it('do not differ any more when all that differs was done', async () => {
    const names = fc.constantFrom('a.test', 'b.test', 'c.test', 'd.test', 'e.test')
    const serial = fc.constantFrom(0, 1, 2 ** 32 - 1)
    const zones = fc.dictionary(names, serial, {noNullPrototype: true})
    const states = fc.dictionary(names, fc.option(serial, {nil: undefined}), {noNullPrototype: true})
    await fc.assert(
      fc.asyncProperty(zones, states, async (primary, store) => {
        const listing = Object.entries(primary).map(([zone, each]) => listed(zone, each))
        const {differences, doubt} = await comparePrimary(picture(store), listing)
        const after: Record<string, number | undefined> = {...store}
        for (const {zone, action} of differences) {
          const key = zone.slice(0, -1)
          after[key] = action === 'delete' ? undefined : primary[key]
        }
        expect((await comparePrimary(picture(after), listing)).differences).toEqual([])
        if (doubt) return
        const live = Object.entries(after).filter(([, each]) => each !== undefined)
        expect(Object.fromEntries(live)).toEqual(primary)
      }),
    )
  })
})

describe('the backoff of repairs', () => {
  const zone: ZoneName = zoneName('a.test')

  it('tries the same later and later, something else at once', () => {
    const backoff = new RepairBackoff()
    const waits: number[] = []
    let now = 0
    for (let times = 0; times < 10; times++) {
      expect(backoff.isDue(zone, 'update 1', now)).toBe(true)
      backoff.tried(zone, 'update 1', now)
      const since = now
      while (!backoff.isDue(zone, 'update 1', now)) now += 1000
      waits.push((now - since) / 1000)
    }
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600, 600])
    backoff.tried(zone, 'update 1', now)
    expect(backoff.isDue(zone, 'update 2', now)).toBe(true)
    expect(backoff.isDue(zone, 'update 1', now)).toBe(false)
    backoff.keepOnly(new Set())
    expect(backoff.isDue(zone, 'update 1', now)).toBe(true)
  })
})
