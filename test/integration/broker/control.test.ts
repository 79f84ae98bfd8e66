import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Control} from '../../../src/lib/broker/control.js'
import {zoneName} from '../../../src/lib/dns/name.js'
import type {HeldPlan} from '../../../src/lib/zone/plan.js'
import {eventually} from '../../support/eventually.js'
import {NatsProcess} from '../../support/nats-process.js'
import {TestBroker} from './fixture.js'

let nats: NatsProcess
beforeAll(async () => {
  nats = await NatsProcess.start()
})
afterAll(() => nats[Symbol.asyncDispose]())

function plan(id: string, at = 1): HeldPlan {
  const changes = [{zone: zoneName('example.test'), action: 'delete', because: 'gone'}] as const
  return {id, scope: {kind: 'store'}, kind: 'deletions', reason: 'r', at, count: 1, changes, status: 'held'}
}

describe('held plans', () => {
  it('are kept once, decided and dropped', async () => {
    await using test = await TestBroker.open(nats)
    const control = new Control(test.broker)
    expect(await control.status('0123456789')).toBeUndefined()
    expect(await control.list()).toEqual([])
    await control.hold(plan('0123456789'))
    await control.hold(plan('aaaaaaaaaa', 2))
    expect((await control.decide('0123456789', 'approved'))?.status).toBe('approved')
    await control.hold(plan('0123456789'))
    expect(await control.status('0123456789')).toBe('approved')
    expect((await control.list()).map(({id}) => id)).toEqual(['aaaaaaaaaa', '0123456789'])
    await control.drop('aaaaaaaaaa')
    expect((await control.list()).map(({id}) => id)).toEqual(['0123456789'])
    expect(await control.decide('aaaaaaaaaa', 'approved')).toBeUndefined()
    // What is no id is no pattern either.
    expect(await control.decide('*', 'approved')).toBeUndefined()
  })

  it('tell of every decision, and nothing malformed gets into the list', async () => {
    await using test = await TestBroker.open(nats)
    const control = new Control(test.broker)
    const decided: string[] = []
    test.run(control.watchDecisions(test.feed, (id) => decided.push(id)))
    await eventually(async () => {
      await control.hold(plan('0123456789'))
      await control.decide('0123456789', 'rejected')
      expect(decided).toContain('0123456789')
    })
    await test.broker.js.publish(test.broker.names.plan('x'), 'garbage')
    expect((await control.list()).map(({id}) => id)).toEqual(['0123456789'])
  })
})

describe('a comparison', () => {
  it('counts for the store that it was made with, and for no later one', async () => {
    await using test = await TestBroker.open(nats)
    const control = new Control(test.broker)
    const storeCreated = await control.storeCreated()
    const compared = {at: 5, zones: 3, differences: 0, storeCreated}
    expect(await control.compared('primary')).toBeUndefined()
    await control.noteCompared('primary', compared)
    await control.noteCompared('ns1', {...compared, storeCreated: 'another'})
    expect(await control.compared('primary')).toEqual(compared)
    expect(await control.compared('ns1')).toBeUndefined()
  })
})
