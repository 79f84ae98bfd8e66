import {beforeEach, describe, expect, it} from 'vitest'
import {type ZoneName, zoneName} from '../../../../src/lib/dns/name.js'
import {silentLogger} from '../../../../src/lib/logger.js'
import {ServedBook} from '../../../../src/lib/sync/compare/served-book.js'
import {type Deviation, Survey} from '../../../../src/lib/sync/compare/survey.js'
import type {LocalZone} from '../../../../src/lib/sync/secondary.js'
import type {Fingerprint} from '../../../../src/lib/zone/fingerprint.js'

const MASTERS = ['127.0.0.1:20102']
const ZONE = zoneName('a.test')
const never = new AbortController().signal

let now: number
let local: Map<ZoneName, LocalZone>
let served: Map<ZoneName, Fingerprint>
let contents: {stored: string; served: string; revision: number}
let busy: Set<ZoneName>
let calls: string[]
let found: ZoneName[]
let deviations: Deviation[]
let onCall: () => void
let book: ServedBook
let survey: Survey

beforeEach(() => {
  now = 1000
  local = new Map()
  served = new Map()
  contents = {stored: 'c', served: 'c', revision: 1}
  busy = new Set()
  calls = []
  found = []
  deviations = []
  onCall = () => undefined
  book = new ServedBook()
  const meanwhile = () => {
    now++
    onCall()
  }
  survey = new Survey({
    api: {
      eachZone: async function* () {
        const listed = [...local.values()]
        meanwhile()
        yield* listed
      },
      flush: async (zone) => void calls.push(`flush ${zone}`),
    },
    served: {
      fingerprintOf: async (zone, _, {keys}) => {
        const found = served.get(zone)
        meanwhile()
        if (!found) return {state: 'not-served'}
        const {keySet, ...soa} = found
        return {state: 'served', ...soa, ...(keys && keySet !== undefined ? {keySet} : {})}
      },
    },
    contents: {
      stored: async () => ({revision: contents.revision, digest: contents.stored}),
      served: async () => {
        const {served: digest} = contents
        meanwhile()
        return digest
      },
    },
    book,
    masters: MASTERS,
    log: silentLogger,
    now: () => now,
    isSettled: (zone) => !busy.has(zone),
    repair: (zone) => void calls.push(`repair ${zone}`),
    onFound: (zone) => found.push(zone),
    onDeviation: (because) => deviations.push(because),
  })
})

function has(zone: ZoneName, serial: number, masters = MASTERS): void {
  local.set(zone, {zone, kind: 'secondary', masters, serial, lastCheck: 0})
  served.set(zone, {serial, signatures: []})
}

function loses(zone: ZoneName): void {
  local.delete(zone)
  served.delete(zone)
}

describe('a survey', () => {
  it('is complete when all that is ours was looked at', async () => {
    has(ZONE, 1)
    has(zoneName('foreign.test'), 1, ['192.0.2.1'])
    expect(survey.isComplete).toBe(false)
    await survey.list(never)
    expect([...survey.unseen]).toEqual([ZONE])
    expect(survey.isComplete).toBe(false)
    await survey.look(ZONE, never)
    expect(survey.isComplete).toBe(true)
    expect(book.tree.get(ZONE)).toBe('1')
    expect(book.tree.size).toBe(1)
    expect(calls).toEqual([])
  })

  it('is complete where there is nothing', async () => {
    await survey.list(never)
    expect(survey.isComplete).toBe(true)
  })

  it('tells of zones that are listed and were not proved, but for those that something happens to', async () => {
    const [proved, busyOne, foreign] = ['proved.test', 'busy.test', 'foreign.test'].map((name) =>
      zoneName(name),
    )
    for (const zone of [ZONE, proved, busyOne] as ZoneName[]) has(zone, 1)
    has(foreign as ZoneName, 1, ['192.0.2.1'])
    book.serves(proved as ZoneName, {serial: 1, signatures: []}, now++)
    busy.add(busyOne as ZoneName)
    await survey.list(never)
    expect(found).toEqual([ZONE])
  })

  it.each([
    {what: 'deleted', edit: () => loses(ZONE), because: 'gone here'},
    {what: 'edited', edit: () => has(ZONE, 7), because: 'other serial here'},
  ])('finds in the list what was $what behind our back', async ({edit, because}) => {
    has(ZONE, 1)
    book.serves(ZONE, {serial: 1, signatures: []}, now++)
    await survey.list(never)
    expect(deviations).toEqual([])
    edit()
    now++
    await survey.list(never)
    expect(deviations).toEqual([because])
    expect(calls).toEqual([`flush ${ZONE}`, `repair ${ZONE}`])
  })

  it('finds by DNS that other signatures are served, or nothing', async () => {
    const signed = (expiration: number) => ({
      serial: 1,
      signatures: [{keyTag: 1, inception: 1, expiration}],
      keySet: 'k',
    })
    has(ZONE, 1)
    served.set(ZONE, signed(5))
    await survey.list(never)
    await survey.look(ZONE, never)
    now++
    await survey.look(ZONE, never)
    expect(deviations).toEqual([])
    served.set(ZONE, signed(6))
    now++
    await survey.look(ZONE, never)
    expect(book.get(ZONE)?.fingerprint).toContain(':6')
    served.delete(ZONE)
    now++
    await survey.look(ZONE, never)
    expect(deviations).toEqual(['other signatures or keys here', 'not served'])
    expect(book.tree.size).toBe(0)
  })

  it('leaves alone what is under way, or was proved while it looked', async () => {
    has(ZONE, 1)
    book.serves(ZONE, {serial: 2, signatures: []}, 0)
    busy.add(ZONE)
    await survey.list(never)
    await survey.look(ZONE, never)
    await survey.verify(ZONE, never)
    busy.clear()
    onCall = () => book.serves(ZONE, {serial: 2, signatures: []}, now)
    await survey.list(never)
    await survey.look(ZONE, never)
    contents.served = 'other'
    await survey.verify(ZONE, never)
    expect(calls).toEqual([])
  })

  it('has a zone transferred again where its records differ, once for each version', async () => {
    await survey.verify(ZONE, never)
    expect(calls).toEqual([])
    contents.served = 'other'
    for (let times = 0; times < 3; times++) await survey.verify(ZONE, never)
    expect(deviations).toEqual(['other records here'])
    contents = {stored: 'd', served: 'e', revision: 2}
    for (let times = 0; times < 3; times++) await survey.verify(ZONE, never)
    expect(deviations).toHaveLength(2)
    contents.served = 'd'
    await survey.verify(ZONE, never)
    contents.served = 'e'
    await survey.verify(ZONE, never)
    expect(deviations).toHaveLength(3)
  })
})

describe('a book of what is served', () => {
  it('knows whose signatures end soon, also around the turn of the 32 bits', () => {
    const until = (...expirations: number[]) => ({
      serial: 1,
      signatures: expirations.map((expiration) => ({keyTag: 1, inception: 0, expiration})),
    })
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(zoneName) as [ZoneName, ZoneName, ZoneName, ZoneName]
    const nowS = 2 ** 32 - 10
    book.serves(a, until(5), 0)
    book.serves(b, until(nowS - 3, 2000), 0)
    book.serves(c, until(500), 0)
    book.serves(d, until(), 0)
    expect(book.endingSignatures(nowS, 100)).toEqual([
      {zone: b, leftS: -3},
      {zone: a, leftS: 15},
    ])
  })
})
