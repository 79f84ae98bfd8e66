import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import type {ProxyLimits} from '../../src/lib/proxy/limits.js'
import {type HeldCall, type HeldUpstream, startHeldUpstream} from '../support/held-upstream.js'
import {type Answer, eventually, startProxy, type TestProxy} from '../support/proxy.js'

const ZONES = '/api/v1/servers/localhost/zones'
const pathOf = (zone: string) => `${ZONES}/${zone}.`
let state: string
let powerDns: HeldUpstream
let via: TestProxy

interface Start {
  changesAtOnce?: number
  limits?: Partial<ProxyLimits>
  byItself?: (call: HeldCall) => void
}

/** As with SQLite, unless told otherwise: one change at a time. A turn that does not end is waited for longer than a test waits. */
async function start({changesAtOnce = 1, limits = {}, byItself}: Start = {}): Promise<void> {
  powerDns = await startHeldUpstream(byItself)
  via = await startProxy(powerDns.port, state, {changesAtOnce, limits: {overdueMs: 60_000, ...limits}})
}

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'pdist-proxy-'))
})
afterEach(async () => {
  await via[Symbol.asyncDispose]()
  await powerDns[Symbol.asyncDispose]()
  await rm(state, {recursive: true, force: true})
})

const patch = (zone: string, signal?: AbortSignal) =>
  via.call('PATCH', pathOf(zone), {body: '{}', ...(signal ? {signal} : {})})
const arrived = () => powerDns.calls.map(({what}) => what.slice(what.lastIndexOf('/') + 1, -1))
const untilArrived = (count: number) => eventually(() => powerDns.calls.length >= count)
const untilQueued = (count: number) => eventually(() => via.proxy.queued === count)
const statuses = async (...calls: Array<Promise<Answer>>) =>
  (await Promise.all(calls)).map(({status}) => status)

/** One change that PowerDNS has, and others that wait behind it, in this order. */
async function line(first: string, ...others: string[]): Promise<Array<Promise<Answer>>> {
  const before = powerDns.calls.length
  const calls = [patch(first)]
  await untilArrived(before + 1)
  for (const [i, zone] of others.entries()) {
    calls.push(patch(zone))
    await untilQueued(i + 1)
  }
  return calls
}

/** A change whose body the test sends piece by piece. */
function inPieces(zone: string): {answer: Promise<Answer>; send(piece: string): void; end(): void} {
  const pieces: Array<PromiseWithResolvers<Buffer | undefined>> = [Promise.withResolvers()]
  const put = (piece?: Buffer) => {
    pieces.at(-1)?.resolve(piece)
    pieces.push(Promise.withResolvers())
  }
  async function* body() {
    for (let i = 0; ; i++) {
      const piece = await pieces[i]?.promise
      if (!piece) return
      yield piece
    }
  }
  const answer = via.call('PATCH', pathOf(zone), {body: body()})
  answer.catch(() => {}) // Whoever waits for it gets it.
  return {answer, send: (piece) => put(Buffer.from(piece)), end: () => put()}
}

/** Sends what the proxy needs to pass something on: a second piece, after the first has arrived alone. */
async function beganToCome({send}: {send(piece: string): void}): Promise<void> {
  const before = powerDns.received.length
  let polls = 0
  send('{')
  await eventually(() => {
    if (polls++ % 40 === 10) send(' ')
    return powerDns.received.length > before
  })
}

describe('one change at a time', () => {
  it('goes to PowerDNS, in the order in which they came, while others are not sent at all', async () => {
    await start()
    const zones = Array.from({length: 12}, (_, i) => `z${i}`)
    const calls = await line('first', ...zones)
    expect(powerDns.received).toHaveLength(1)
    for (let i = 0; i <= zones.length; i++) {
      await untilArrived(i + 1)
      powerDns.calls[i]?.answer()
    }
    expect(await statuses(...calls)).toEqual(calls.map(() => 204))
    expect(arrived()).toEqual(['first', ...zones])
    expect([powerDns.most, via.proxy.queued, via.proxy.pendingChanges]).toEqual([1, 0, 0])
  })

  it('is what PowerDNS has of many clients’ calls, with bodies of all kinds and without', async () => {
    await start({byItself: (call) => setTimeout(() => call.answer(), 3)})
    async function* pieces() {
      for (const piece of ['{"na', 'me":"new.', '"}']) yield Buffer.from(piece)
    }
    const calls = Array.from({length: 20}, (_, i) => [
      patch(`small${i}`),
      via.call('DELETE', pathOf(`none${i}`)),
      via.call('POST', ZONES, {body: JSON.stringify({name: `new${i}.`})}),
      via.call('POST', ZONES, {body: pieces()}),
      via.call('PUT', pathOf(`large${i}`), {body: Buffer.alloc(100_000, ' ')}),
    ]).flat()
    expect(new Set(await statuses(...calls))).toEqual(new Set([204]))
    expect(powerDns.calls).toHaveLength(100)
    expect(powerDns.most).toBe(1)
    expect(via.publisher.published).toHaveLength(100)
  })

  it('keeps no read waiting', async () => {
    await start()
    const calls = await line('a', 'b')
    expect((await via.call('GET', pathOf('a'))).text).toBe('read')
    expect(arrived()).toEqual(['a'])
    powerDns.calls[0]?.answer()
    await untilArrived(2)
    powerDns.calls[1]?.answer()
    expect(await statuses(...calls)).toEqual([204, 204])
  })

  it('becomes more when PowerDNS can make more, for those who wait as well', async () => {
    await start()
    const calls = await line('a', 'b', 'c', 'd')
    via.proxy.allowAtOnce(3)
    await untilArrived(3)
    expect([arrived(), via.proxy.queued]).toEqual([['a', 'b', 'c'], 1])
    via.proxy.allowAtOnce(Number.POSITIVE_INFINITY)
    await untilArrived(4)
    for (const call of powerDns.calls) call.answer()
    expect(await statuses(...calls)).toEqual([204, 204, 204, 204])
  })
})

describe('a turn ends', () => {
  it.each<[string, (call: HeldCall | undefined) => void, number]>([
    ['refuses it', (call) => call?.answer(422), 422],
    ['fails', (call) => call?.answer(500), 500],
    ['ends the connection', (call) => call?.cut(), 502],
  ])('when PowerDNS %s', async (_, end, status) => {
    await start()
    const [first, second] = await line('a', 'b')
    end(powerDns.calls[0])
    await untilArrived(2)
    powerDns.calls[1]?.answer()
    expect([(await first)?.status, (await second)?.status]).toEqual([status, 204])
  })

  it('when PowerDNS is not there: nobody waits for it', async () => {
    await start()
    await powerDns[Symbol.asyncDispose]()
    expect(await statuses(patch('a'), patch('b'), patch('c'))).toEqual([502, 502, 502])
    expect([via.proxy.queued, via.proxy.pendingChanges]).toEqual([0, 0])
    powerDns = await startHeldUpstream() // to be closed
  })

  it('at once when PowerDNS did not want to see the end of the body', async () => {
    await start()
    const calls = await line('a', 'b')
    const early = inPieces('early')
    await beganToCome(early)
    early.end()
    await untilQueued(2)
    calls.push(patch('c'))
    await untilQueued(3)
    powerDns.answerEarly(422)
    expect((await early.answer).status).toBe(422)
    for (const i of [0, 1, 2]) {
      await untilArrived(i + 1)
      powerDns.calls[i]?.answer()
    }
    expect(await statuses(...calls)).toEqual([204, 204, 204])
    expect([via.proxy.queued, via.proxy.pendingChanges]).toEqual([0, 0])
  })

  it('only when PowerDNS has answered, also for a client that was told 504 or left', async () => {
    await start({limits: {answerTimeoutMs: 1_000}})
    const gone = new AbortController()
    const left = patch('a', gone.signal).catch(() => 'gone')
    await untilArrived(1)
    gone.abort()
    expect(await left).toBe('gone')
    const next = patch('b')
    await untilQueued(1)
    powerDns.calls[0]?.answer()
    await untilArrived(2)
    expect((await next).status).toBe(504)
    const last = patch('c')
    await untilQueued(1)
    powerDns.calls[1]?.answer()
    await untilArrived(3)
    powerDns.calls[2]?.answer()
    expect((await last).status).toBe(204)
    expect(via.publisher.calls).toEqual(['modified a.', 'modified b.', 'modified c.'])
  })
})

describe('a change that PowerDNS does not answer', () => {
  it('holds the others only for so long, and then all of them go until it is answered', async () => {
    await start({limits: {overdueMs: 1_000}})
    const calls = await line('hangs', 'b', 'c')
    await untilArrived(3)
    calls.push(patch('d'))
    await untilArrived(4)
    for (const call of powerDns.calls) call.answer()
    expect(await statuses(...calls)).toEqual([204, 204, 204, 204])
    expect(arrived()).toEqual(['hangs', 'b', 'c', 'd'])
    const again = await line('e', 'f')
    expect(arrived()).not.toContain('f')
    powerDns.calls[4]?.answer()
    await untilArrived(6)
    powerDns.calls[5]?.answer()
    expect(await statuses(...again)).toEqual([204, 204])
  })

  it('does not keep those who wait from an answer: 504, and what was not sent never is', async () => {
    await start({limits: {answerTimeoutMs: 1_000}})
    const calls = await line('hangs', 'b')
    const streamed = inPieces('c')
    streamed.send('{}')
    streamed.end()
    await untilQueued(2)
    expect(await statuses(...calls)).toEqual([504, 504])
    await eventually(() => via.proxy.pendingChanges === 2)
    powerDns.calls[0]?.answer()
    await untilArrived(2)
    powerDns.calls[1]?.answer()
    expect((await streamed.answer).status).toBe(204)
    await eventually(() => via.proxy.pendingChanges === 0)
    expect(arrived()).toEqual(['hangs', 'c'])
    expect(via.publisher.calls).toEqual(['modified hangs.', 'modified c.'])
  })
})

describe('a client', () => {
  it('that sends its body slowly keeps nobody waiting', async () => {
    await start({limits: {upstreamConnections: 1}})
    const small = await via.socket()
    let text = ''
    small.on('data', (data) => {
      text += data
    })
    small.write(`PATCH ${pathOf('small')} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{`)
    const streamed = inPieces('streamed')
    // What of it is on its way to PowerDNS takes none of the connections of others.
    await beganToCome(streamed)
    const quick = patch('quick')
    await untilArrived(1)
    powerDns.calls[0]?.answer()
    expect((await quick).status).toBe(204)
    expect([arrived(), via.proxy.queued]).toEqual([['quick'], 0])
    small.write('}')
    await untilArrived(2)
    streamed.send('}')
    streamed.end()
    await untilQueued(1)
    powerDns.calls[1]?.answer()
    await untilArrived(3)
    powerDns.calls[2]?.answer()
    expect((await streamed.answer).status).toBe(204)
    await eventually(() => text.startsWith('HTTP/1.1 204'))
    small.destroy()
    expect(arrived()).toEqual(['quick', 'small', 'streamed'])
  })

  it('whose body comes in pieces waits before the last of them, and only for so long', async () => {
    await start({limits: {heldBodyMs: 1_000}})
    const [first] = await line('a')
    const streamed = inPieces('b')
    for (const piece of ['{', ' ', '}']) streamed.send(piece)
    streamed.end()
    await untilQueued(1)
    expect(arrived()).toEqual(['a'])
    await untilArrived(2)
    expect(via.proxy.queued).toBe(0)
    for (const call of powerDns.calls) call.answer()
    expect([(await first)?.status, (await streamed.answer).status]).toEqual([204, 204])
  })

  it('that leaves while it waits is forgotten: PowerDNS never hears of its change', async () => {
    await start()
    const [first] = await line('a')
    const gone = new AbortController()
    const left = patch('leaves', gone.signal).catch(() => 'gone')
    await untilQueued(1)
    const streamed = await via.socket()
    streamed.write(`PATCH ${pathOf('streamed')} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`)
    streamed.write('1\r\n{\r\n1\r\n}\r\n0\r\n\r\n')
    await untilQueued(2)
    const stays = patch('stays')
    await untilQueued(3)
    gone.abort()
    streamed.destroy()
    expect(await left).toBe('gone')
    await untilQueued(1)
    await eventually(() => via.proxy.pendingChanges === 2)
    powerDns.calls[0]?.answer()
    await untilArrived(2)
    powerDns.calls[1]?.answer()
    expect([(await first)?.status, (await stays).status]).toEqual([204, 204])
    expect(arrived()).toEqual(['a', 'stays'])
    expect(via.publisher.calls).toEqual(['modified a.', 'modified stays.'])
  })
})

describe('closing', () => {
  it('lets those who wait have their turn', async () => {
    await start()
    const calls = await line('a', 'b')
    const closed = via.proxy.close(AbortSignal.timeout(20_000))
    for (const i of [0, 1]) {
      await untilArrived(i + 1)
      powerDns.calls[i]?.answer()
    }
    expect(await statuses(...calls)).toEqual([204, 204])
    await closed
    expect(via.publisher.calls).toEqual(['modified a.', 'modified b.'])
  })

  it('refuses those who still wait at the deadline, and keeps no intent of theirs', async () => {
    await start()
    const [first, ...others] = await line('a', 'b', 'c')
    const streamed = inPieces('d')
    streamed.send('{}')
    streamed.end()
    await untilQueued(3)
    via.publisher.connected = false
    const cut = first?.catch(() => 'cut')
    const deadline = new AbortController()
    const closed = via.proxy.close(deadline.signal)
    deadline.abort()
    for (const answer of await Promise.all([...others, streamed.answer])) {
      expect([answer.status, answer.text]).toEqual([502, expect.stringContaining('PowerDNS was not asked')])
    }
    await Promise.all([closed, cut])
    expect(arrived()).toEqual(['a'])
    await using again = await startProxy(powerDns.port, state)
    await eventually(() => again.proxy.pendingChanges === 0)
    expect(again.publisher.calls).toEqual(['modified a.'])
  })
})
