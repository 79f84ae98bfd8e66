import {once} from 'node:events'
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {encodeQuery} from '../../../src/lib/dns/query.js'
import {readHeader} from '../../../src/lib/dns/wire.js'
import {askOverTcp} from '../../../src/lib/xfr/tcp-query.js'
import {UdpClient} from '../../../src/lib/xfr/udp-client.js'
import {message, soa} from '../dns/messages.js'
import {never, OneZone, RawClient, type Running, running, udpSocket, ZONE} from './zones.js'

const query = () => encodeQuery({id: 1, name: ZONE, type: 6})

/** The one thing that counts after any attack. */
async function expectAnswers({address}: Running): Promise<void> {
  const options = {timeoutMs: 5000, signal: never}
  const udp = new UdpClient(address)
  try {
    expect(readHeader(await udp.ask(query(), options)).answers).toBe(1)
    expect(readHeader(await askOverTcp(address, query(), options)).answers).toBe(1)
  } finally {
    await udp.close()
  }
}

const looped = Buffer.concat([query().subarray(0, 12), Buffer.of(0xc0, 12, 0, 6, 0, 1)])
const attacks: Array<[string, Uint8Array]> = [
  ['nothing', new Uint8Array(0)],
  ['a byte', Uint8Array.of(0)],
  ['half a header', query().subarray(0, 6)],
  ['a cut question', query().subarray(0, 20)],
  ['a pointer to itself', looped],
  ['an answer', message([soa()])],
  ['65,535 records that are not there', query().fill(0xff, 10, 12)],
  ['65,535 questions', query().fill(0xff, 4, 6)],
  ['zeros', new Uint8Array(500)],
  ['ones', new Uint8Array(500).fill(0xff)],
  ['a query with 4,000 bytes behind it', Buffer.concat([query(), new Uint8Array(4000)])],
]

describe('the server survives', () => {
  test.each(attacks)('%s', async (_, bytes) => {
    await using at = await running()
    using client = new RawClient(at.address)
    client.ask(bytes)
    client.socket.end()
    await client.closed
    const socket = await udpSocket()
    await new Promise((resolve) => socket.send(bytes, at.address.port, at.address.host, resolve))
    socket.close()
    await expectAnswers(at)
    await expect.poll(() => at.notes.malformed.length).toBeGreaterThanOrEqual(2)
    expect(at.notes.errors).toEqual([])
  })

  test('a stream of random bytes', async () => {
    await using at = await running()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({minLength: 1, maxLength: 2000}), async (bytes) => {
        using client = new RawClient(at.address)
        client.socket.end(bytes)
        await client.closed
        for (const answer of client.messages) expect(readHeader(answer).flags & 0x8000).toBe(0x8000)
      }),
      {numRuns: 60},
    )
    await expectAnswers(at)
    expect(at.notes.errors).toEqual([])
  })

  test('queries with random changes, on UDP', async () => {
    await using at = await running()
    const socket = await udpSocket()
    const mutation = fc.tuple(fc.nat(60), fc.integer({min: 0, max: 255}))
    for (const changes of fc.sample(fc.array(mutation, {minLength: 1, maxLength: 4}), 300)) {
      const bytes = encodeQuery({id: 9, name: ZONE, type: 6, dnssec: true, nsid: true})
      for (const [place, value] of changes) bytes[place % bytes.length] = value
      await new Promise((resolve) => socket.send(bytes, at.address.port, at.address.host, resolve))
    }
    socket.close()
    await expectAnswers(at)
    expect(at.notes.errors).toEqual([])
  })

  test('a message that is too long', async () => {
    await using at = await running({limits: {queryBytes: 1000}})
    using client = new RawClient(at.address)
    client.socket.write(Uint8Array.of(0xff, 0xff))
    await client.closed
    expect(at.notes.malformed).toEqual(['a message of 65535 bytes, more than 1000 from 127.0.0.1'])
    await expectAnswers(at)
  })

  test('a query that comes byte by byte, for ever', async () => {
    await using at = await running({limits: {idleMs: 50}})
    using client = new RawClient(at.address)
    client.socket.write(Uint8Array.of(0x01, 0x00))
    const drip = setInterval(() => client.socket.write(Uint8Array.of(0)), 5)
    await client.closed
    clearInterval(drip)
    expect(at.notes.malformed).toEqual(['the client is too slow from 127.0.0.1'])
    await expectAnswers(at)
  })

  test('a client that asks for a transfer and does not read it', async () => {
    const source = new OneZone()
    source.messages = Array.from({length: 500}, () => message([], {question: new Uint8Array(65_000)}))
    await using at = await running({source, limits: {idleMs: 50}})
    using client = new RawClient(at.address)
    client.ask(encodeQuery({id: 1, name: ZONE, type: 252}))
    await once(client.socket, 'data')
    client.socket.pause()
    await expect.poll(() => at.notes.queries).toEqual(['axfr broken'])
    expect(at.notes.malformed).toEqual(['the client is too slow from 127.0.0.1'])
  })

  test('a client that asks again and again', async () => {
    await using at = await running({limits: {queriesPerConnection: 5}})
    using client = new RawClient(at.address)
    for (let i = 0; i < 10; i++) client.ask(query())
    await client.closed
    expect(client.messages.length).toBeLessThanOrEqual(5)
    expect(at.notes.malformed).toEqual(['too many queries on one connection from 127.0.0.1'])
    await expectAnswers(at)
  })

  test('a connection that stays for too long although it is busy', async () => {
    await using at = await running({limits: {totalMs: 60, queriesPerConnection: 100_000}})
    using client = new RawClient(at.address)
    client.ask(query())
    client.socket.on('data', () => client.ask(query()))
    await client.closed
    expect(client.messages.length).toBeGreaterThan(0)
    await expectAnswers(at)
  })

  test('more connections than it takes', async () => {
    await using at = await running({limits: {connections: 3}})
    const clients = Array.from({length: 10}, () => new RawClient(at.address))
    await expect.poll(() => at.notes.rejected).toHaveLength(7)
    expect(new Set(at.notes.rejected)).toEqual(new Set(['connections']))
    for (const client of clients) client.socket.destroy()
    await Promise.all(clients.map(({closed}) => closed))
    await expect
      .poll(async () =>
        expectAnswers(at).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)
  })
})

test('an idle connection is closed without complaint', async () => {
  await using at = await running({limits: {idleMs: 30}})
  using client = new RawClient(at.address)
  client.ask(query())
  await client.closed
  expect(client.messages).toHaveLength(1)
  expect(at.notes).toMatchObject({malformed: [], errors: []})
})

test('who is not on the allow-list gets not a byte', async () => {
  await using at = await running({allow: ['192.0.2.1', '::1']})
  using client = new RawClient(at.address)
  client.ask(query())
  await client.closed
  const udp = new UdpClient(at.address)
  await expect(udp.ask(query(), {timeoutMs: 50, signal: never})).rejects.toMatchObject({
    code: 'PDIST_DNS_NO_ANSWER',
  })
  await udp.close()
  expect(client.messages).toEqual([])
  expect(at.notes.rejected.length).toBeGreaterThanOrEqual(2)
  expect(new Set(at.notes.rejected)).toEqual(new Set(['address']))
})
