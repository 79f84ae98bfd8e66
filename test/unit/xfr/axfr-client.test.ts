import {createServer, type Socket} from 'node:net'
import {describe, expect, test} from 'vitest'
import {framed, MessageSplitter} from '../../../src/lib/dns/framing.js'
import {zoneName} from '../../../src/lib/dns/name.js'
import {setUint16, uint16} from '../../../src/lib/dns/wire.js'
import {type FetchZoneOptions, fetchZone} from '../../../src/lib/xfr/axfr-client.js'
import type {ServerAddress} from '../../../src/lib/xfr/errors.js'
import {a, message, soa} from '../dns/messages.js'
import {limits, never, ZONE} from './zones.js'

/** A primary that does what no real one does; `answer` gets the ID of the query. */
async function primary(
  answer: (socket: Socket, id: number) => void,
): Promise<AsyncDisposable & {address: ServerAddress}> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    const splitter = new MessageSplitter(1000)
    socket.on('data', (chunk) => {
      for (const query of splitter.push(chunk)) answer(socket, uint16(query, 0))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  if (typeof bound !== 'object' || !bound) throw new Error('no address')
  return {
    address: {host: '127.0.0.1', port: bound.port},
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

type Limits = FetchZoneOptions['limits']

function fetch(server: ServerAddress, overrides: Partial<Limits> = {}, signal = never) {
  return fetchZone({server, zone: ZONE, limits: {...limits, ...overrides}, signal})
}

describe('a transfer fails, with a code and what to do, when the primary', () => {
  const first = (id: number) => framed(message([soa(), a('www')], {id}))
  const rest = (id: number) => framed(message([soa()], {id}))

  test.each<[string, (socket: Socket, id: number) => void, string, Partial<Limits>?]>([
    ['closes before it answers', (socket) => socket.end(), 'TRANSFER_INCOMPLETE'],
    ['closes in the middle', (socket, id) => socket.end(first(id)), 'TRANSFER_INCOMPLETE'],
    [
      'closes in the middle of a message',
      (socket, id) => socket.end(first(id).subarray(0, 30)),
      'TRANSFER_INCOMPLETE',
    ],
    ['resets the connection', (socket) => socket.resetAndDestroy(), 'PRIMARY_UNREACHABLE'],
    ['says nothing', () => {}, 'TRANSFER_TIMEOUT', {idleMs: 30}],
    ['stops in the middle', (socket, id) => socket.write(first(id)), 'TRANSFER_TIMEOUT', {idleMs: 30}],
    ['does not begin in time', () => {}, 'TRANSFER_TIMEOUT', {startMs: 30}],
    [
      'begins, and then stops',
      (socket, id) => socket.write(Buffer.concat([first(id), framed(message([a('mail')], {id}))])),
      'TRANSFER_TIMEOUT',
      {startMs: 5000, idleMs: 30},
    ],
    ['takes too long', trickle, 'TRANSFER_TIMEOUT', {totalMs: 60}],
    ['never ends', endless, 'TRANSFER_TOO_LARGE', {bytes: 1_000_000}],
    ['sends garbage', (socket) => socket.write(Buffer.alloc(100, 0x20)), 'TRANSFER_TIMEOUT', {idleMs: 30}],
    [
      'speaks another protocol',
      (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n'.repeat(2000)),
      'TRANSFER_MALFORMED',
    ],
    ['refuses', (socket, id) => socket.end(framed(message([], {id, flags: 0x8405}))), 'TRANSFER_REFUSED'],
    [
      'adds something',
      (socket, id) => socket.write(Buffer.concat([first(id), rest(id), rest(id)])),
      'TRANSFER_MALFORMED',
    ],
  ])('%s', async (_, answer, code, overrides) => {
    await using at = await primary(answer)
    await expect(fetch(at.address, overrides)).rejects.toMatchObject({
      code: `PDIST_${code}`,
      hints: expect.arrayContaining([expect.any(String)]),
    })
  })

  test('is not there', async () => {
    const at = await primary(() => {})
    await at[Symbol.asyncDispose]()
    await expect(fetch(at.address)).rejects.toMatchObject({
      code: 'PDIST_PRIMARY_UNREACHABLE',
      cause: {code: 'ECONNREFUSED'},
      message: expect.stringContaining(`127.0.0.1:${at.address.port}`),
    })
  })

  test('a byte at a time is slow but enough', async () => {
    await using at = await primary((socket, id) => {
      for (const byte of Buffer.concat([first(id), rest(id)])) socket.write(Uint8Array.of(byte))
    })
    expect(await fetch(at.address)).toMatchObject({records: 2, zone: zoneName('example.test')})
  })
})

test('a primary may collect a large zone for longer than it may then stand still', async () => {
  await using at = await primary((socket, id) => {
    socket.write(framed(message([soa()], {id})))
    const rest = framed(message([a('www'), soa()], {id}))
    const late = setTimeout(() => socket.write(rest), 100)
    socket.once('close', () => clearTimeout(late))
  })
  expect(await fetch(at.address, {startMs: 5000, idleMs: 20})).toMatchObject({records: 2})
})

describe('an abort', () => {
  test('ends a running transfer with its reason', async () => {
    const controller = new AbortController()
    await using at = await primary(() => controller.abort(new Error('enough')))
    await expect(fetch(at.address, {}, controller.signal)).rejects.toThrow('enough')
  })

  test('beforehand connects to nobody', async () => {
    await expect(
      fetch({host: '127.0.0.1', port: 1}, {}, AbortSignal.abort(new Error('enough'))),
    ).rejects.toThrow('enough')
  })
})

function trickle(socket: Socket, id: number): void {
  const bytes = framed(message([soa()], {id}))
  let at = 0
  const timer = setInterval(() => {
    socket.write(bytes.subarray(at % bytes.length, (at % bytes.length) + 1))
    at++
  }, 5)
  socket.once('close', () => clearInterval(timer))
}

function endless(socket: Socket, id: number): void {
  const next = message(
    Array.from({length: 500}, (_, i) => a(`host${i}`)),
    {id},
  )
  setUint16(next, 0, id)
  socket.write(framed(message([soa()], {id})))
  const more = () => {
    while (!socket.destroyed && socket.write(framed(next)));
  }
  socket.on('drain', more)
  more()
}
