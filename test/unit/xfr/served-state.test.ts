import {createServer, type Server} from 'node:net'
import {describe, expect, test} from 'vitest'
import {framed, MessageSplitter} from '../../../src/lib/dns/framing.js'
import {hashKeySet} from '../../../src/lib/dns/key-set.js'
import {zoneName} from '../../../src/lib/dns/name.js'
import {readQuery} from '../../../src/lib/dns/query.js'
import {setUint16, uint16} from '../../../src/lib/dns/wire.js'
import {lookup} from '../../../src/lib/xfr/lookup.js'
import {ServedState} from '../../../src/lib/xfr/served-state.js'
import {APEX, message, record, rrsig, soa, wire, ZONE} from '../dns/messages.js'
import {never, udpSocket} from './zones.js'

/** A server whose answers to the nth query are given, and a client of it. */
async function server(answers: (query: Uint8Array, count: number) => Uint8Array[], port = 0) {
  const socket = await udpSocket(port)
  let count = 0
  socket.on('message', (query, remote) => {
    for (const answer of answers(query, ++count)) socket.send(answer, remote.port, remote.address)
  })
  const state = new ServedState({server: {host: '127.0.0.1', port: socket.address().port}, timeoutMs: 3000})
  return {
    state,
    port: socket.address().port,
    asked: () => count,
    async [Symbol.asyncDispose]() {
      await state.close()
      socket.close()
    },
  }
}

/** Lets `tcp` listen on a port that is free on UDP too. */
async function portForBoth(tcp: Server): Promise<number> {
  for (;;) {
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve))
    const bound = tcp.address()
    const port = typeof bound === 'object' && bound ? bound.port : 0
    const probe = await udpSocket(port).catch(() => undefined)
    if (probe) {
      await new Promise<void>((resolve) => probe.close(resolve))
      return port
    }
    await new Promise((resolve) => tcp.close(resolve))
  }
}

function reply(query: Uint8Array, records: readonly Uint8Array[], flags = 0x8400): Uint8Array {
  const reading = readQuery(query)
  if (reading.is !== 'query') throw new Error('no query')
  return message(records, {id: uint16(query, 0), flags, question: reading.query.question})
}

function typeOf(query: Uint8Array): number {
  const reading = readQuery(query)
  return reading.is === 'query' ? reading.query.type : 0
}

describe('what a server serves', () => {
  test('of an unsigned zone is its serial', async () => {
    await using at = await server((query) => [reply(query, [soa(2 ** 32 - 1)])])
    expect(await at.state.fingerprintOf(ZONE, never)).toEqual({
      state: 'served',
      serial: 2 ** 32 - 1,
      signatures: [],
    })
  })

  test('of a signed zone is its signatures too, and its keys where they are asked for', async () => {
    const key = Uint8Array.of(1, 1, 3, 13)
    const param = Uint8Array.of(1, 0, 0, 0, 0)
    await using at = await server((query) => {
      if (typeOf(query) === 48) return [reply(query, [record(APEX, 48, key), rrsig({covered: 48})])]
      if (typeOf(query) === 51) return [reply(query, [record(APEX, 51, param)])]
      return [reply(query, [rrsig({keyTag: 9}), rrsig({keyTag: 8}), soa(), rrsig({covered: 2})])]
    })
    const signatures = [8, 9].map((keyTag) => ({keyTag, inception: 100, expiration: 200}))
    expect(await at.state.fingerprintOf(ZONE, never)).toEqual({state: 'served', serial: 1, signatures})
    expect(await at.state.fingerprintOf(ZONE, never, {keys: true})).toEqual({
      state: 'served',
      serial: 1,
      signatures,
      keySet: hashKeySet([key], [param]),
    })
  })

  test.each<[string, Uint8Array[], number]>([
    ['REFUSED', [], 0x8405],
    [
      'a SOA of another name',
      [record(wire('test'), 6, Buffer.concat([wire('x'), wire('y'), new Uint8Array(20)]))],
      0x8400,
    ],
    ['an empty answer', [], 0x8400],
  ])('is nothing where the answer is %s', async (_, records, flags) => {
    await using at = await server((query) => [reply(query, records, flags)])
    expect(await at.state.fingerprintOf(ZONE, never)).toEqual({state: 'not-served', rcode: flags & 0xf})
  })

  test('asks with DO and NSID', async () => {
    let asked = ''
    await using at = await server((query) => {
      asked = Buffer.from(query).toString('hex')
      return [reply(query, [soa()])]
    })
    await at.state.fingerprintOf(ZONE, never)
    // OPT with DO, then option 3 without data.
    expect(asked).toMatch(/00002904d00000800000040003 ?0000$/)
  })

  test('is asked again when a packet is lost', async () => {
    await using at = await server((query, count) => (count < 3 ? [] : [reply(query, [soa()])]))
    expect(await at.state.fingerprintOf(ZONE, never)).toMatchObject({state: 'served'})
    expect(at.asked()).toBe(3)
  })

  test('is not believed from answers with another ID or question, or from no answers', async () => {
    await using at = await server((query) => {
      const forged = reply(query, [soa(666)])
      setUint16(forged, 0, uint16(query, 0) ^ 1)
      const other = message([soa(666)], {id: uint16(query, 0)})
      return [forged, other, Uint8Array.from(query), Uint8Array.of(1), reply(query, [soa(5)])]
    })
    expect(await at.state.fingerprintOf(ZONE, never)).toMatchObject({serial: 5})
  })

  test('is asked over TCP when the answer is truncated', async () => {
    const tcp = createServer((socket) => {
      const splitter = new MessageSplitter(1000)
      socket.on('data', (chunk) => {
        for (const query of splitter.push(chunk)) socket.write(framed(reply(query, [soa(4)])))
      })
    })
    const port = await portForBoth(tcp)
    await using at = await server((query) => [reply(query, [], 0x8600)], port)
    expect(await at.state.fingerprintOf(ZONE, never)).toMatchObject({serial: 4})
    const found = await lookup({
      server: {host: '127.0.0.1', port: at.port},
      name: ZONE,
      type: 'SOA',
      signal: never,
    })
    expect(found).toMatchObject({
      rcode: 'NOERROR',
      authoritative: true,
      answers: [{type: 'SOA', data: {serial: 4}}],
    })
    await new Promise((resolve) => tcp.close(resolve))
  })

  test('of many zones at once is never mixed up, in whatever order the answers come', async () => {
    const socket = await udpSocket()
    const held: Array<() => void> = []
    socket.on('message', (query, remote) => {
      const reading = readQuery(query)
      if (reading.is !== 'query') throw new Error('no query')
      const serial = Number(/\d+/.exec(reading.query.name)?.[0])
      const asked = {id: uint16(query, 0), question: reading.query.question}
      const answer = message([record(APEX, 6, Buffer.concat([wire('a'), wire('b'), numbers(serial)]))], asked)
      held.push(() => socket.send(answer, remote.port, remote.address))
      setImmediate(() => {
        for (const send of held.splice(0).reverse()) send()
      })
    })
    const state = new ServedState({server: {host: '127.0.0.1', port: socket.address().port}, timeoutMs: 5000})
    const serials = Array.from({length: 500}, (_, i) => i)
    const found = await Promise.all(serials.map((i) => state.fingerprintOf(zoneName(`zone${i}.test`), never)))
    expect(found.map((each) => each.state === 'served' && each.serial)).toEqual(serials)
    await state.close()
    socket.close()
  })

  test('is unknown when nobody answers', async () => {
    const socket = await udpSocket()
    const {port} = socket.address()
    socket.close()
    const state = new ServedState({server: {host: '127.0.0.1', port}, timeoutMs: 50})
    await expect(state.fingerprintOf(ZONE, never)).rejects.toMatchObject({
      code: 'PDIST_DNS_NO_ANSWER',
      message: expect.stringContaining(`127.0.0.1:${port}`),
      hints: [expect.any(String)],
    })
    await state.close()
  })

  test('is asked no more after an abort or a close', async () => {
    await using at = await server(() => [])
    const controller = new AbortController()
    const asked = at.state.fingerprintOf(ZONE, controller.signal)
    await expect.poll(() => at.asked()).toBe(1)
    controller.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
    const second = at.state.fingerprintOf(ZONE, never)
    await expect.poll(() => at.asked()).toBe(2)
    await Promise.all([expect(second).rejects.toThrow('closed'), at.state.close()])
    await expect(at.state.fingerprintOf(ZONE, never)).rejects.toThrow('closed')
  })
})

function numbers(serial: number): Uint8Array {
  const bytes = new Uint8Array(20)
  setUint16(bytes, 2, serial)
  return bytes
}
