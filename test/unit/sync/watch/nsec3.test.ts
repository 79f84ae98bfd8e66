import {describe, expect, test} from 'vitest'
import {type ZoneName, zoneName} from '../../../../src/lib/dns/name.js'
import {
  type DenialApi,
  leftAlone,
  Nsec3Activation,
  type PrimaryZone,
} from '../../../../src/lib/sync/watch/nsec3.js'

const NAME = zoneName('a.test')
const PLAIN: PrimaryZone = {zone: NAME, kind: 'native', signed: true, nsec3param: ''}
const nothing = {exempt: new Set<ZoneName>(), presigned: false}
const never = new AbortController().signal

describe('the denial of a zone', () => {
  test('is changed where it is plain NSEC of PowerDNS itself', () => {
    expect(leftAlone(PLAIN, nothing)).toBeUndefined()
    expect(leftAlone({...PLAIN, kind: 'primary'}, nothing)).toBeUndefined()
  })

  test.each([
    ['exempt', {}, {exempt: new Set([NAME])}],
    ['unsigned', {signed: false}, {}],
    ['secondary', {kind: 'secondary' as const}, {}],
    ['nsec3', {nsec3param: '1 0 0 -'}, {}],
    ['nsec3', {nsec3param: '1 1 0 -'}, {}],
    ['nsec3', {nsec3param: '1 0 5 abcd'}, {}],
    ['presigned', {}, {presigned: true}],
  ])('is left alone: %s, %o', (why, zone, given) => {
    expect(leftAlone({...PLAIN, ...zone}, {...nothing, ...given})).toBe(why)
  })
})

/** A primary with one zone of plain NSEC; every call is noted, and the named one fails. */
function activating(fails: {at: string}) {
  const calls: string[] = []
  const failures: unknown[] = []
  let nsec3param = ''
  const call = async (name: string) => {
    calls.push(name)
    if (fails.at === name) throw new Error(`${name} failed`)
  }
  const api: DenialApi = {
    signedZones: async () => {
      await call('list')
      return [NAME]
    },
    zone: async () => ({...PLAIN, nsec3param}),
    isPresigned: async () => false,
    setNsec3: async () => {
      await call('set')
      nsec3param = '1 0 0 -'
    },
    rectify: () => call('rectify'),
  }
  const activation = new Nsec3Activation({
    api,
    exempt: new Set(),
    publish: () => call('publish'),
    everyMs: 1000,
    onActivated: () => calls.push('activated'),
    onFailed: (_zone, error) => failures.push(error),
  })
  return {activation, calls, failures}
}

describe('activating NSEC3', () => {
  test('changes, rectifies and publishes once', async () => {
    const {activation, calls, failures} = activating({at: 'nowhere'})
    await activation.round(never)
    await activation.round(never)
    expect(calls).toEqual(['list', 'set', 'rectify', 'publish', 'activated', 'list'])
    expect(failures).toEqual([])
  })

  test.each([
    ['list', ['list', 'list', 'set', 'rectify', 'publish', 'activated']],
    ['set', ['list', 'set', 'list', 'set', 'rectify', 'publish', 'activated']],
    ['rectify', ['list', 'set', 'rectify', 'list', 'rectify', 'publish', 'activated']],
    ['publish', ['list', 'set', 'rectify', 'publish', 'list', 'rectify', 'publish', 'activated']],
  ])('goes on in the next round where %s failed', async (at, wanted) => {
    const fails = {at}
    const {activation, calls, failures} = activating(fails)
    await activation.round(never)
    expect(failures).toHaveLength(1)
    fails.at = 'nowhere'
    await activation.round(never)
    expect(calls).toEqual(wanted)
  })

  test('ends when told to, without a failure', async () => {
    const {activation, failures} = activating({at: 'list'})
    const end = new AbortController()
    const over = activation.run(end.signal)
    end.abort()
    await over
    expect(failures).toEqual([])
  })
})
