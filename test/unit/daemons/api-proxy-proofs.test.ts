import {describe, expect, it} from 'vitest'
import {Following} from '../../../src/daemons/api-proxy/following.js'
import {ZoneReports} from '../../../src/daemons/api-proxy/zone-reports.js'
import {zoneName} from '../../../src/lib/dns/name.js'
import type {Standing} from '../../../src/lib/proxy/wait.js'
import type {WaitFor} from '../../../src/lib/sync/push.js'
import type {Provision, Receipt} from '../../../src/lib/zone/report.js'

const ZONE = zoneName('example.test')
const OTHER = zoneName('other.test')
const EVENT = 100
const BOTH = ['ns1', 'ns2'].map((name) => ({name, active: true}))

const about = {zone: ZONE, event: EVENT, at: 0}
const failure = {code: 'PDIST_X', message: 'no', hints: []}
const proof = (secondary: string) => ({...about, secondary, revision: 1, ms: 1})
const served = (secondary: string): Receipt => ({...proof(secondary), outcome: 'served', serial: 7})
const failed = (secondary: string): Receipt => ({...proof(secondary), outcome: 'failed', error: failure})
const held: Provision = {...about, outcome: 'failed', error: {...failure, code: 'PDIST_PLAN_HELD'}}

function follow(waitFor: WaitFor) {
  const told: Standing[] = []
  return {told, following: new Following(ZONE, waitFor, (standing) => told.push(standing))}
}

describe('the proofs of a change', () => {
  it('count from the event on, also those that come before anything is known', () => {
    const {told, following} = follow('all')
    following.tell((push) => push.heard({...served('ns1'), event: EVENT - 1}))
    following.tell((push) => push.heard(served('ns2')))
    expect(told).toEqual([])
    following.begin(BOTH)
    following.tell((push) => push.published(EVENT))
    expect(told.at(-1)).toEqual({proved: 1, active: 2, failing: false})
    following.tell((push) => push.heard(served('ns1')))
    expect(told.at(-1)).toEqual({proved: 2, active: 2, failing: false, over: 'served'})
  })

  it('that nobody wants any more are not told', () => {
    const {told, following} = follow('all')
    following.end()
    following.begin(BOTH)
    following.tell((push) => push.published(EVENT))
    expect(told).toEqual([])
  })

  it.each<[WaitFor, Standing]>([
    ['any', {proved: 1, active: 2, failing: false, over: 'served'}],
    [1, {proved: 1, active: 2, failing: false, over: 'served'}],
    [2, {proved: 1, active: 2, failing: false}],
    [5, {proved: 1, active: 2, failing: false}],
  ])('for %s, after the first', (waitFor, standing) => {
    const {told, following} = follow(waitFor)
    following.begin(BOTH)
    following.tell((push) => push.published(EVENT))
    following.tell((push) => push.heard(served('ns1')))
    expect(told.at(-1)).toEqual(standing)
  })

  it('of more secondaries than there are end when there are no more', () => {
    const {told, following} = follow(5)
    following.begin([...BOTH, {name: 'ns3', active: false}])
    following.tell((push) => push.published(EVENT))
    for (const {name} of BOTH) following.tell((push) => push.heard(served(name)))
    expect(told.at(-1)).toEqual({proved: 2, active: 2, failing: false, over: 'too-few'})
  })

  it.each<WaitFor>(['all', 'any', 1])('for %s, of no active secondary, are over at once', (waitFor) => {
    const {told, following} = follow(waitFor)
    following.begin([{name: 'ns1', active: false}])
    expect(told).toEqual([{proved: 0, active: 0, failing: false, over: 'too-few'}])
  })

  it('are over where somebody has to decide, or nobody knows the zone', () => {
    const waiting = follow('all')
    waiting.following.begin(BOTH)
    waiting.following.tell((push) => push.published(EVENT))
    waiting.following.tell((push) => push.provided(held))
    expect(waiting.told.at(-1)).toMatchObject({over: 'held'})
    const unknown = follow('all')
    unknown.following.begin(BOTH)
    unknown.following.tell((push) => push.published(EVENT))
    unknown.following.tell((push) => push.provided({...about, outcome: 'absent'}))
    expect(unknown.told.at(-1)).toMatchObject({over: 'unknown'})
  })

  it('may fail and heal', () => {
    const {told, following} = follow('all')
    following.begin(BOTH)
    following.tell((push) => push.published(EVENT))
    following.tell((push) => push.provided({...about, outcome: 'failed', error: failure}))
    expect(told.at(-1)).toEqual({proved: 0, active: 2, failing: true})
    following.tell((push) => push.provided({...about, outcome: 'stored', revision: 1}))
    following.tell((push) => push.heard(served('ns1')))
    following.tell((push) => push.heard(failed('ns2')))
    expect(told.at(-1)).toEqual({proved: 1, active: 2, failing: true})
    following.tell((push) => push.heard(served('ns2')))
    expect(told.at(-1)).toEqual({proved: 2, active: 2, failing: false, over: 'served'})
  })
})

/** Counts subscriptions, and passes on what the test says. */
class FakeReports {
  readonly subscribed: string[] = []
  readonly #on = new Map<string, (receipt: Receipt) => void>()

  readonly watchReceipts = (zone: string, {on}: {on(receipt: Receipt): void}) => {
    this.#on.set(zone, on)
    return this.#add(`receipts ${zone}`)
  }
  readonly watchProvisions = (zone: string) => this.#add(`provisions ${zone}`)

  say(receipt: Receipt): void {
    this.#on.get(receipt.zone)?.(receipt)
  }

  #add(what: string): () => void {
    this.subscribed.push(what)
    return () => this.subscribed.splice(this.subscribed.indexOf(what), 1)
  }
}

describe('the reports about zones', () => {
  const reports = () => new ZoneReports(() => undefined)
  const listener = (heard: Receipt[]) => ({
    heard: (receipt: Receipt) => heard.push(receipt),
    provided: () => undefined,
  })

  it('are subscribed to once for each zone, while somebody listens', () => {
    const fake = new FakeReports()
    const zones = reports()
    zones.attach(fake)
    const heard: Receipt[][] = [[], [], []]
    const stops = heard.map((each, i) => zones.listen(i === 2 ? OTHER : ZONE, listener(each)))
    expect(fake.subscribed).toHaveLength(4)
    fake.say(served('ns1'))
    expect(heard.map(({length}) => length)).toEqual([1, 1, 0])
    stops[0]?.()
    stops[0]?.()
    fake.say(served('ns2'))
    expect(heard.map(({length}) => length)).toEqual([1, 2, 0])
    stops[1]?.()
    expect(fake.subscribed).toEqual([`receipts ${OTHER}`, `provisions ${OTHER}`])
    stops[2]?.()
    expect(fake.subscribed).toEqual([])
  })

  it('are subscribed to when the broker comes, for those who listen by then', () => {
    const fake = new FakeReports()
    const zones = reports()
    const heard: Receipt[] = []
    const stop = zones.listen(ZONE, listener(heard))
    zones.listen(OTHER, listener([]))()
    zones.attach(fake)
    expect(fake.subscribed).toHaveLength(2)
    fake.say(served('ns1'))
    expect(heard).toHaveLength(1)
    stop()
    expect(fake.subscribed).toEqual([])
  })

  it('reach the others when one of them has heard enough meanwhile', () => {
    const fake = new FakeReports()
    const zones = reports()
    zones.attach(fake)
    const heard: Receipt[] = []
    const stop = zones.listen(ZONE, {heard: () => stop(), provided: () => undefined})
    zones.listen(ZONE, listener(heard))
    fake.say(served('ns1'))
    fake.say(served('ns2'))
    expect(heard).toHaveLength(2)
  })
})
