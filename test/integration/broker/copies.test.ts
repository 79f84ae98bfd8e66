import {randomBytes} from 'node:crypto'
import {headers, type Msg} from 'nats'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Commands} from '../../../src/lib/broker/commands.js'
import {zoneName} from '../../../src/lib/dns/name.js'
import {packMessages} from '../../../src/lib/zone/snapshot.js'
import {NatsProcess} from '../../support/nats-process.js'
import {message} from '../../unit/dns/messages.js'
import {commandsWith, TestBroker} from './fixture.js'

const ZONE = zoneName('example.com')

let nats: NatsProcess
let test: TestBroker
let commands: Commands
beforeAll(async () => {
  nats = await NatsProcess.start()
  test = await TestBroker.open(nats)
  commands = new Commands(test.broker)
})
afterAll(async () => {
  await test?.[Symbol.asyncDispose]()
  await nats?.[Symbol.asyncDispose]()
})

/** Messages that do not compress, each of which counts as one record, the closing SOA among them. */
function messagesOf(count: number): Uint8Array[] {
  return Array.from({length: count}, () => message([randomBytes(60_000)]))
}

function limits({timeoutMs = 10_000, signal = new AbortController().signal} = {}) {
  return {timeoutMs, signal}
}

/** Answers to the next request with what is given, in place of a syncer. */
function answering(secondary: string, answer: (request: Msg) => void | Promise<void>): void {
  test.broker.nc.subscribe(test.broker.names.command(secondary), {
    callback: (_, request) => void answer(request),
  })
}

function respond(request: Msg, json: object): void {
  request.respond(Buffer.from(JSON.stringify(json)))
}

describe('a copy of a zone', () => {
  it('comes whole in several parts', async () => {
    const messages = messagesOf(40)
    let asked: string | undefined
    const copy = async (zone: string) => {
      asked = zone
      return {messages, records: 39}
    }
    commands.serve('whole', commandsWith({copy}), test.onMalformed)
    const found = await commands.copy('whole', ZONE, limits())
    expect(asked).toBe(ZONE)
    expect(found.records).toBe(39)
    expect(Buffer.concat(found.messages)).toEqual(Buffer.concat(messages))
  })

  it('is made one after the other, and not for any number of askers', async () => {
    let running = 0
    let most = 0
    const {promise: go, resolve} = Promise.withResolvers<void>()
    const copy = async () => {
      most = Math.max(most, ++running)
      await go
      running--
      return {messages: messagesOf(1), records: 0}
    }
    commands.serve('busy', commandsWith({copy}), test.onMalformed)
    const asked = Array.from({length: 9}, () => commands.copy('busy', ZONE, limits()))
    const refused = await Promise.race(
      asked.map((one) =>
        one.then(
          () => undefined,
          (error) => error,
        ),
      ),
    )
    expect(refused).toMatchObject({
      code: 'PDIST_NO_ANSWER',
      message: expect.stringContaining('PDIST_COPY_BUSY'),
    })
    resolve()
    const states = (await Promise.allSettled(asked)).map(({status}) => status)
    expect(states.filter((status) => status === 'fulfilled')).toHaveLength(8)
    expect(most).toBe(1)
  })

  it('tells why it cannot be made', async () => {
    const copy = () => Promise.reject(new Error('there is no such zone'))
    commands.serve('failing', commandsWith({copy}), test.onMalformed)
    await expect(commands.copy('failing', ZONE, limits())).rejects.toMatchObject({
      code: 'PDIST_NO_ANSWER',
      message: expect.stringContaining('there is no such zone'),
    })
  })

  it('is not waited for where nobody is, where nothing comes, or when it is no longer wanted', async () => {
    await expect(commands.copy('nobody', ZONE, limits())).rejects.toMatchObject({code: 'PDIST_NO_ANSWER'})
    answering('silent', () => undefined)
    await expect(commands.copy('silent', ZONE, limits({timeoutMs: 50}))).rejects.toMatchObject({
      code: 'PDIST_NO_ANSWER',
    })
    const stopping = new AbortController()
    const asked = commands.copy('silent', ZONE, limits({signal: stopping.signal}))
    stopping.abort(new Error('stopped'))
    await expect(asked).rejects.toThrow('stopped')
  })

  it.each([
    ['has no beginning', {}, ['1/1'], 'has no beginning'],
    ['is too large', {ok: {bytes: 2 ** 40}}, [], 'is announced with'],
    ['has parts in another order', {ok: {parts: 2}}, ['2/2'], 'behind 0 of 2'],
    ['has a part twice', {ok: {parts: 3, packed: 1000}}, ['1/3', '1/3'], 'behind 1 of 3'],
    ['has more in its parts than was said', {ok: {packed: 10}}, ['1/1'], 'behind 0 of 1'],
    ['has less in its parts than was said', {ok: {packed: 1000}}, ['1/1'], 'is not whole'],
    ['has other contents than was said', {ok: {digest: 'x'}}, ['1/1'], 'digest'],
    ['is none', {ok: {state: 'done'}}, [], 'malformed'],
  ])('is refused where it %s', async (_, {ok}: {ok?: object}, parts, words) => {
    const messages = [message([Buffer.of(0)])]
    const {packed, digest} = await packMessages(messages)
    const bytes = messages[0]?.length ?? 0
    const head = {state: 'ready', bytes, messages: 1, records: 0, digest, packed: packed.length, parts: 1}
    const secondary = `hostile-${words.replaceAll(/\W/g, '-')}`
    answering(secondary, async (request) => {
      if (ok) respond(request, {ok: {...head, ...ok}})
      for (const part of parts) {
        const named = headers()
        named.set('Pdist-Part', part)
        request.respond(packed, {headers: named})
      }
    })
    await expect(commands.copy(secondary, ZONE, limits())).rejects.toThrow(words)
  })
})
