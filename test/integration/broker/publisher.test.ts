import {JetStreamApiError} from '@nats-io/jetstream'
import {headers, NoRespondersError, TimeoutError} from 'nats'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Publisher} from '../../../src/lib/broker/publisher.js'
import {zoneName} from '../../../src/lib/dns/name.js'
import {NatsProcess} from '../../support/nats-process.js'
import {TestBroker} from './fixture.js'

const BODY = Buffer.from('{}')

let nats: NatsProcess
beforeAll(async () => {
  nats = await NatsProcess.start()
})
afterAll(() => nats[Symbol.asyncDispose]())

describe('publishing into a stream', () => {
  it('tells the sequence of each message, in whatever order the answers come', async () => {
    await using test = await TestBroker.open(nats)
    const {publisher, names} = test.broker
    const subject = names.event('modified', zoneName('a.test'))
    const sequences = await Promise.all(Array.from({length: 200}, () => publisher.publish(subject, BODY)))
    expect(sequences).toEqual(Array.from({length: 200}, (_, at) => at + 1))
  })

  it('tells of a message that came twice the sequence of the first', async () => {
    await using test = await TestBroker.open(nats)
    const {publisher, names} = test.broker
    const unique = headers()
    unique.set('Nats-Msg-Id', 'one')
    const subject = names.event('modified', zoneName('a.test'))
    expect(await publisher.publish(subject, BODY, unique)).toBe(1)
    expect(await publisher.publish(subject, BODY, unique)).toBe(1)
  })

  it('passes on why the stream refuses a message', async () => {
    await using test = await TestBroker.open(nats)
    const {publisher, names} = test.broker
    const late = headers()
    late.set('Nats-Expected-Last-Subject-Sequence', '7')
    const refused = publisher.publish(names.event('modified', zoneName('a.test')), BODY, late)
    await expect(refused).rejects.toBeInstanceOf(JetStreamApiError)
    await expect(refused).rejects.toMatchObject({code: 10071})
  })

  it('fails at once where no stream takes it', async () => {
    await using test = await TestBroker.open(nats)
    const lost = test.broker.publisher.publish('nobody.listens', BODY)
    await expect(lost).rejects.toMatchObject({cause: expect.any(NoRespondersError)})
  })

  it('gives up on an answer that does not come, and takes it for none when it does', async () => {
    await using test = await TestBroker.open(nats)
    const {nc, inboxPrefix} = test.broker
    const replies: string[] = []
    nc.subscribe('mute', {callback: (_, {reply = ''}) => void replies.push(reply)})
    const publisher = new Publisher(nc, {inboxPrefix, timeoutMs: 50})
    await expect(publisher.publish('mute', BODY)).rejects.toBeInstanceOf(TimeoutError)
    for (const reply of replies) nc.publish(reply, '{"stream":"late","seq":9}')
    nc.subscribe('liar', {callback: (_, message) => void message.respond('{"stream":"no sequence"}')})
    await expect(publisher.publish('liar', BODY)).rejects.toThrow('invalid ack response')
    nc.subscribe('noise', {callback: (_, message) => void message.respond('{')})
    await expect(publisher.publish('noise', BODY)).rejects.toBeInstanceOf(SyntaxError)
    expect(replies).toHaveLength(1)
  })

  it('fails what waits, and what comes, when the connection is closed', async () => {
    await using test = await TestBroker.open(nats)
    const {nc, publisher} = test.broker
    nc.subscribe('mute', {callback: () => undefined})
    const waiting = publisher.publish('mute', BODY)
    const failed = expect(waiting).rejects.toThrow('closed')
    await nc.close()
    await failed
    await expect(publisher.publish('mute', BODY)).rejects.toThrow('closed')
  })
})
