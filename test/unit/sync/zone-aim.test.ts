import {describe, expect, it} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import {aimAtRecord, aimAtSerial, aimAtStored} from '../../../src/lib/sync/zone-aim.js'
import type {ZoneStanding} from '../../../src/lib/zone/command.js'
import type {Receipt} from '../../../src/lib/zone/report.js'
import type {Stored} from '../../../src/lib/zone/version.js'
import {stored, tombstoneOf, versionOf} from '../../support/versions.js'

const zone = zoneName('example.test')
const version = stored(versionOf('example.test', {fingerprint: {serial: 7, signatures: []}}), 10)
const tombstone = stored(tombstoneOf('example.test'), 10)
const problem = {code: 'PDIST_FOREIGN_ZONE', message: 'foreign', hints: []}

const standing = (given: Partial<ZoneStanding>) => async (): Promise<ZoneStanding> => ({
  zone,
  lag: 0,
  ...given,
})
const receipt = (revision: number, serial: number): Receipt => ({
  ...{zone, secondary: 'ns1', event: 0, at: 0, ms: 1, revision, outcome: 'served', serial},
})
const removed = (revision: number): Receipt => ({
  ...{zone, secondary: 'ns1', event: 0, at: 0, ms: 1, revision, outcome: 'removed'},
})
const failed: Receipt = {
  ...{zone, secondary: 'ns1', event: 0, at: 0, ms: 1, revision: 99, outcome: 'failed', error: problem},
}

describe('what the store has', () => {
  it.each<[string, Stored, Partial<ZoneStanding>, object]>([
    ['is served', version, {served: '7', serial: 7}, {state: 'served', serial: 7}],
    ['is not served', version, {served: '6', serial: 6, revision: 9}, {state: 'waiting', serial: 6}],
    ['is served no longer', version, {served: '6', serial: 6, revision: 10}, {state: 'waiting', serial: 6}],
    ['is nowhere', version, {}, {state: 'waiting'}],
    [
      'was replaced by something newer',
      version,
      {served: '8', serial: 8, revision: 11},
      {state: 'served', serial: 8},
    ],
    ['was deleted meanwhile', version, {revision: 11}, {state: 'removed'}],
    [
      'is only seemingly served',
      version,
      {served: '7', serial: 7, problem},
      {state: 'waiting', serial: 7, error: problem},
    ],
    ['is a tombstone, and nothing is served', tombstone, {}, {state: 'removed'}],
    [
      'is a tombstone, but the zone is served',
      tombstone,
      {served: '7', serial: 7, revision: 9},
      {state: 'waiting', serial: 7},
    ],
  ])('%s', async (_, stored, given, proof) => {
    expect(await aimAtStored(stored, standing(given)).ask('ns1')).toEqual(proof)
  })

  it('is proved by a receipt of that revision or a newer one', () => {
    const aim = aimAtStored(version, standing({}))
    expect(aim.read(receipt(9, 8))).toBeUndefined()
    expect(aim.read(receipt(10, 7))).toEqual({state: 'served', serial: 7})
    expect(aim.read(removed(11))).toEqual({state: 'removed'})
    expect(aim.read(failed)).toBeUndefined()
  })
})

describe('a serial', () => {
  it.each([
    [6, 7, false],
    [7, 7, true],
    [8, 7, true],
    [1, 4_294_967_295, true],
    [4_294_967_295, 1, false],
  ])('%d, where %d is waited for: %j', async (serial, wanted, isThere) => {
    const aim = aimAtSerial(wanted, standing({served: String(serial), serial}))
    expect(await aim.ask('ns1')).toEqual({state: isThere ? 'served' : 'waiting', serial})
    expect(aim.read(receipt(1, serial))).toEqual(isThere ? {state: 'served', serial} : undefined)
  })

  it('is not there where the zone is foreign, or not at all', async () => {
    const foreign = standing({served: '7', serial: 7, problem})
    expect(await aimAtSerial(7, foreign).ask('ns1')).toEqual({state: 'waiting', serial: 7, error: problem})
    expect(await aimAtSerial(7, standing({})).ask('ns1')).toEqual({state: 'waiting'})
    expect(aimAtSerial(7, standing({})).read(removed(99))).toBeUndefined()
  })
})

describe('a record', () => {
  it('is what is answered, whatever a receipt says', async () => {
    const aim = (found: boolean) => aimAtRecord(async () => ({rcode: 'NOERROR', records: 1, found}))
    expect(await aim(true).ask('ns1')).toEqual({state: 'served'})
    expect(await aim(false).ask('ns1')).toEqual({state: 'waiting'})
    expect(aim(true).read(receipt(99, 99))).toBeUndefined()
  })
})
