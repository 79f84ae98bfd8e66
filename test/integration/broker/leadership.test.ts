import {afterAll, beforeAll, expect, it} from 'vitest'
import {Leadership} from '../../../src/daemons/leadership.js'
import {aborted} from '../../../src/lib/async/abort.js'
import {LeaseStore} from '../../../src/lib/broker/lease-store.js'
import {TestContext} from '../../support/daemon-context.js'
import {eventually} from '../../support/eventually.js'
import {NatsProcess} from '../../support/nats-process.js'
import {TestBroker} from './fixture.js'

let nats: NatsProcess
beforeAll(async () => {
  nats = await NatsProcess.start()
})
afterAll(() => nats[Symbol.asyncDispose]())

it('runs what only the leader does at one instance, and passes it on when that one stops', async () => {
  await using test = await TestBroker.open(nats)
  const told: string[] = []
  const open = async (name: string) => {
    const context = await TestContext.open('health-checker')
    const leadership = Leadership.open(context, test.broker, 'health-checker')
    leadership.whileLeading('task', async (signal) => {
      told.push(`${name} begins`)
      await aborted(signal)
      told.push(`${name} ends`)
    })
    leadership.whileLeading('short', async () => void told.push(`${name} is done soon`))
    return {context, leadership}
  }
  const first = await open('first')
  await eventually(() => expect(first.leadership.leading).toBe(true))
  const second = await open('second')
  await eventually(() => expect(told).toEqual(['first begins', 'first is done soon']))
  expect(await first.context.shown('pdist_leader')).toEqual(['pdist_leader 1'])
  expect(await second.context.shown('pdist_leader')).toEqual(['pdist_leader 0'])
  await first.context[Symbol.asyncDispose]()
  await eventually(() => expect(second.leadership.leading).toBe(true))
  await eventually(() => expect(told).toHaveLength(5))
  expect(told.slice(2)).toEqual(['first ends', 'second begins', 'second is done soon'])
  expect(first.context.events).toMatchObject([
    {event: 'leader.gained', lease: 'health-checker'},
    {event: 'leader.lost', because: 'given back'},
  ])
  await second.context[Symbol.asyncDispose]()
})

it('begins a task anew in the next term, once the last one has ended', async () => {
  await using test = await TestBroker.open(nats)
  await using context = await TestContext.open('zone-provider')
  const leadership = Leadership.open(context, test.broker, 'zone-provider')
  const told: string[] = []
  const hold = Promise.withResolvers<void>()
  leadership.whileLeading('task', async (signal) => {
    told.push('begins')
    await aborted(signal)
    told.push('is told')
    await hold.promise
    told.push('ends')
  })
  await eventually(() => expect(told).toEqual(['begins']))
  const store = new LeaseStore(test.broker, 5000)
  const revision = await eventually(async () => {
    const entry = await store.look('zone-provider')
    const taken = await store.take(
      'zone-provider',
      {id: 'x', session: 'x', host: 'x', pid: 1},
      entry.revision,
    )
    expect(taken).toBeDefined()
    return taken ?? 0
  })
  await eventually(() => expect(told).toEqual(['begins', 'is told']))
  expect(leadership.leading).toBe(false)
  await store.giveBack('zone-provider', revision)
  await eventually(() => expect(leadership.leading).toBe(true))
  expect(told).toEqual(['begins', 'is told'])
  hold.resolve()
  await eventually(() => expect(told).toEqual(['begins', 'is told', 'ends', 'begins']))
})

it('stops the daemon where a task fails', async () => {
  await using test = await TestBroker.open(nats)
  await using context = await TestContext.open('health-checker')
  const leadership = Leadership.open(context, test.broker, 'health-checker')
  leadership.whileLeading('task', () => Promise.reject(new Error('a bug')))
  expect(await context.lifecycle.failed).toMatchObject({message: 'a bug'})
})
