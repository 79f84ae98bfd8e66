import {once} from 'node:events'
import {describe, expect, test} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import {encodeQuery} from '../../../src/lib/dns/query.js'
import {answersOf} from '../../../src/lib/dns/record.js'
import type {SoaAnswer} from '../../../src/lib/dns/soa.js'
import {findTsig, type TsigKey} from '../../../src/lib/dns/tsig-record.js'
import {signQuery} from '../../../src/lib/dns/tsig-sign.js'
import {TsigVerifier} from '../../../src/lib/dns/tsig-verify.js'
import {readHeader} from '../../../src/lib/dns/wire.js'
import {fetchZone} from '../../../src/lib/xfr/axfr-client.js'
import {TransferServer} from '../../../src/lib/xfr/axfr-server.js'
import type {ServerAddress} from '../../../src/lib/xfr/errors.js'
import {ListenError} from '../../../src/lib/xfr/message-server.js'
import {askOverTcp} from '../../../src/lib/xfr/tcp-query.js'
import {UdpClient} from '../../../src/lib/xfr/udp-client.js'
import {message, question, rrsigRdata} from '../dns/messages.js'
import {ABSENT, limits, never, OneZone, RawClient, running, UNKNOWN, ZONE, zoneMessages} from './zones.js'

const options = {timeoutMs: 5000, signal: never}

async function overUdp(server: ServerAddress, query: Uint8Array): Promise<Uint8Array> {
  const client = new UdpClient(server)
  try {
    return await client.ask(query, options)
  } finally {
    await client.close()
  }
}

function withoutIds(messages: readonly Uint8Array[]): Buffer {
  return Buffer.concat(messages.map((each) => each.subarray(2)))
}

const query = (name = ZONE, type = 6, dnssec = false) => encodeQuery({id: 77, name, type, dnssec})

describe('AXFR', () => {
  test.each(['127.0.0.1', '::1'])(
    'brings the stored messages with the ID of the query, on %s',
    async (host) => {
      const source = new OneZone()
      source.messages = zoneMessages(20_000)
      await using at = await running({source, listen: [{host, port: 0}]})
      const transfer = await fetchZone({server: at.address, zone: ZONE, limits, signal: never})
      expect(transfer.records).toBe(20_002)
      expect(withoutIds(transfer.messages).equals(withoutIds(source.messages))).toBe(true)
      await expect.poll(() => source.told).toEqual(['started example.test. v1', 'sent example.test. v1'])
      expect(at.notes.queries).toEqual(['axfr answered'])
    },
  )

  test('does not change what is stored', async () => {
    await using at = await running()
    const before = at.source.messages.map((each) => Buffer.from(each).toString('hex'))
    await fetchZone({server: at.address, zone: ZONE, limits, signal: never})
    expect(at.source.messages.map((each) => Buffer.from(each).toString('hex'))).toEqual(before)
  })

  test('several queries on one connection are answered in their order', async () => {
    await using at = await running()
    using client = new RawClient(at.address)
    for (const [id, type] of [
      [1, 252],
      [2, 6],
      [3, 252],
    ] as const)
      client.ask(encodeQuery({id, name: ZONE, type}))
    await expect.poll(() => client.messages.map((each) => readHeader(each).id)).toEqual([1, 1, 1, 2, 3, 3, 3])
  })

  test('is answered to a client that ends its side at once', async () => {
    await using at = await running()
    using client = new RawClient(at.address)
    client.ask(query(ZONE, 252))
    client.socket.end()
    await client.closed
    expect(client.messages).toHaveLength(3)
  })

  test('waits for a client that does not read, and does not fill the memory meanwhile', async () => {
    let taken = 0
    class Counted extends Array<Uint8Array> {
      override *entries(): ArrayIterator<[number, Uint8Array]> {
        for (const entry of super.entries()) {
          taken++
          yield entry
        }
      }
    }
    // 128 MB, the same bytes again and again.
    const large = message([], {question: new Uint8Array(65_000)})
    const source = new OneZone()
    source.messages = Counted.from({length: 2000}, () => large)
    await using at = await running({source})
    using client = new RawClient(at.address)
    client.ask(query(ZONE, 252))
    await once(client.socket, 'data')
    client.socket.pause()
    await expect
      .poll(async () => {
        const before = taken
        for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
        return taken - before
      })
      .toBe(0)
    expect(taken).toBeLessThan(1000)
    expect(source.told).toEqual(['started example.test. v1'])
    client.socket.resume()
    await expect.poll(() => source.told, {timeout: 10_000}).toContain('sent example.test. v1')
    await expect.poll(() => client.messages.length).toBe(2000)
  })

  test('that the client breaks off is counted as broken', async () => {
    const source = new OneZone()
    source.messages = Array.from({length: 500}, () => message([], {question: new Uint8Array(65_000)}))
    await using at = await running({source})
    using client = new RawClient(at.address)
    client.ask(query(ZONE, 252))
    await once(client.socket, 'data')
    client.socket.destroy()
    await expect.poll(() => at.notes.queries).toEqual(['axfr broken'])
    expect(at.notes.errors).toEqual([])
  })
})

describe('SOA', () => {
  test.each([
    ['udp', overUdp],
    ['tcp', (server: ServerAddress, bytes: Uint8Array) => askOverTcp(server, bytes, options)],
  ])('over %s, with the RRSIG where DO is set', async (_, ask) => {
    await using at = await running()
    expect(readHeader(await ask(at.address, query()))).toMatchObject({rcode: 0, answers: 1})
    const signed = answersOf(await ask(at.address, query(ZONE, 6, true)))
    const types = []
    while (signed.next()) types.push(signed.type)
    expect(types).toEqual([6, 46])
    expect(at.notes.queries).toEqual(['soa answered', 'soa answered'])
  })

  test('may come later', async () => {
    class Late extends OneZone {
      override async soa(zone: typeof ZONE): Promise<SoaAnswer> {
        await new Promise(setImmediate)
        return (await super.soa(zone)) as SoaAnswer
      }
    }
    await using at = await running({source: new Late()})
    expect(readHeader(await overUdp(at.address, query())).answers).toBe(1)
    expect(readHeader(await askOverTcp(at.address, query(), options)).answers).toBe(1)
  })

  test('is SERVFAIL when it comes too late, or not at all; the source is told to stop', async () => {
    let stopped = false
    class Stuck extends OneZone {
      override soa(_zone: typeof ZONE, signal?: AbortSignal): Promise<SoaAnswer> {
        return new Promise((_, reject) => {
          signal?.addEventListener('abort', () => {
            stopped = true
            reject(signal.reason)
          })
        })
      }
    }
    await using at = await running({source: new Stuck(), limits: {soaWaitMs: 20}})
    expect(readHeader(await overUdp(at.address, query())).rcode).toBe(2)
    expect(stopped).toBe(true)
    expect(at.notes).toMatchObject({queries: ['soa not-at-hand'], errors: []})
  })

  test('is SERVFAIL when the source fails, which is reported', async () => {
    class Broken extends OneZone {
      override async soa(): Promise<SoaAnswer> {
        throw new Error('no store')
      }
      override transfer(): never {
        throw new Error('no store')
      }
    }
    await using at = await running({source: new Broken()})
    expect(readHeader(await overUdp(at.address, query())).rcode).toBe(2)
    expect(readHeader(await askOverTcp(at.address, query(ZONE, 252), options)).rcode).toBe(2)
    expect(at.notes.errors).toEqual([new Error('no store'), new Error('no store')])
  })

  test('that does not fit is truncated on UDP and whole on TCP', async () => {
    class Large extends OneZone {
      override soa(zone: typeof ZONE): SoaAnswer {
        const signatures = Array.from({length: 20}, () => ({ttl: 1, rdata: rrsigRdata()}))
        return {...(super.soa(zone) as SoaAnswer), signatures}
      }
    }
    await using at = await running({source: new Large()})
    const truncated = await overUdp(at.address, query(ZONE, 6, true))
    expect(readHeader(truncated)).toMatchObject({flags: 0x8600, answers: 0})
    expect(readHeader(await askOverTcp(at.address, query(ZONE, 6, true), options)).answers).toBe(21)
  })
})

describe('is answered with no:', () => {
  test.each<[string, Uint8Array, number, string]>([
    ['SOA of an unknown zone', query(UNKNOWN), 5, 'soa unknown'],
    ['SOA of a zone not at hand', query(ABSENT), 2, 'soa not-at-hand'],
    ['SOA below the apex', query(zoneName('www.example.test')), 5, 'soa unknown'],
    ['AXFR of an unknown zone', query(UNKNOWN, 252), 5, 'axfr unknown'],
    ['AXFR of a zone not at hand', query(ABSENT, 252), 2, 'axfr not-at-hand'],
    ['IXFR', query(ZONE, 251), 5, 'other refused'],
    ['A', query(ZONE, 1), 5, 'other refused'],
    ['ANY', query(ZONE, 255), 5, 'other refused'],
    ['class CH', message([], {flags: 0, question: question(ZONE, 6, 3)}), 5, 'soa refused'],
    ['NOTIFY', message([], {flags: 0x2000}), 4, 'other not-implemented'],
    [
      'two questions',
      Buffer.concat([message([], {flags: 0}), question()]).fill(2, 5, 6),
      1,
      'other malformed',
    ],
  ])('%s', async (_, bytes, rcode, note) => {
    await using at = await running()
    expect(readHeader(await askOverTcp(at.address, bytes, options)).rcode).toBe(rcode)
    expect(at.notes.queries).toEqual([note])
    const udp = await overUdp(at.address, Uint8Array.from(bytes))
    expect(readHeader(udp).rcode).toBe(note.startsWith('axfr') ? 5 : rcode)
  })

  test('AXFR over UDP', async () => {
    await using at = await running()
    expect(readHeader(await overUdp(at.address, query(ZONE, 252))).rcode).toBe(5)
    expect(at.notes.queries).toEqual(['axfr refused'])
  })
})

describe('with a TSIG key', () => {
  const key: TsigKey = {
    name: zoneName('transfer.key'),
    algorithm: 'hmac-sha256',
    secret: Buffer.from('secret'),
  }

  test('transfers are signed, many messages long', async () => {
    const source = new OneZone()
    source.messages = zoneMessages(20_000)
    await using at = await running({source, keys: [{...key, name: zoneName('other')}, key]})
    const transfer = await fetchZone({server: at.address, zone: ZONE, tsig: key, limits, signal: never})
    expect(transfer.records).toBe(20_002)
  })

  test('SOA answers and refusals are signed', async () => {
    await using at = await running({keys: [key]})
    for (const name of [ZONE, UNKNOWN, ABSENT]) {
      const {message: signed, mac} = signQuery(query(name), key)
      const answer = Uint8Array.from(await askOverTcp(at.address, signed, options))
      const verifier = new TsigVerifier(key, mac)
      verifier.verify(answer)
      verifier.finish()
    }
  })

  test('who does not sign is refused, who signs wrongly is told why', async () => {
    await using at = await running({keys: [key]})
    expect(readHeader(await overUdp(at.address, query())).rcode).toBe(5)
    const wrong = {...key, secret: Buffer.from('guess')}
    const answer = await askOverTcp(at.address, signQuery(query(), wrong).message, options)
    expect(readHeader(answer).rcode).toBe(9)
    expect(findTsig(answer)?.error).toBe(16)
    expect(at.notes.malformed).toEqual(['TSIG: wrong MAC from 127.0.0.1'])
    await expect(
      fetchZone({server: at.address, zone: ZONE, tsig: wrong, limits, signal: never}),
    ).rejects.toMatchObject({
      code: 'PDIST_TRANSFER_REFUSED',
      cause: {message: expect.stringContaining('BADSIG')},
    })
  })

  test('a signed query where no key is configured is not answered as if it were unsigned', async () => {
    await using at = await running()
    const answer = await askOverTcp(at.address, signQuery(query(), key).message, options)
    expect([readHeader(answer).rcode, findTsig(answer)?.error]).toEqual([9, 17])
  })
})

describe('listening', () => {
  test('on several addresses, TCP and UDP on the same port', async () => {
    await using at = await running({
      listen: ['127.0.0.1', '::1', '127.0.0.2'].map((host) => ({host, port: 0})),
    })
    expect(at.server.addresses).toHaveLength(3)
    for (const address of at.server.addresses) {
      expect(readHeader(await overUdp(address, query())).answers).toBe(1)
      expect(readHeader(await askOverTcp(address, query(), options)).answers).toBe(1)
    }
  })

  test('on an address in use fails with what to do, and leaves nothing open', async () => {
    await using at = await running()
    const second = new TransferServer({
      source: at.source,
      allow: [],
      listen: [{host: '127.0.0.1', port: 0}, at.address],
    })
    const attempt = second.start()
    await expect(attempt).rejects.toThrow(ListenError)
    await expect(attempt).rejects.toMatchObject({
      code: 'PDIST_LISTEN',
      hints: [expect.stringContaining('ss'), expect.any(String)],
    })
    expect(second.addresses).toEqual([])
  })
})

describe('closing', () => {
  test('lets a running transfer end, and closes idle connections', async () => {
    const source = new OneZone()
    source.messages = Array.from({length: 300}, () => message([], {question: new Uint8Array(65_000)}))
    await using at = await running({source})
    using idle = new RawClient(at.address)
    idle.ask(query())
    await expect.poll(() => idle.messages).toHaveLength(1)
    using client = new RawClient(at.address)
    client.ask(query(ZONE, 252))
    await once(client.socket, 'data')
    await at.server.close({graceMs: 10_000})
    await Promise.all([idle.closed, client.closed])
    expect(client.messages).toHaveLength(300)
    await expect(askOverTcp(at.address, query(), options)).rejects.toMatchObject({
      code: 'PDIST_DNS_NO_ANSWER',
    })
  })

  test('cuts off who does not read', async () => {
    const source = new OneZone()
    source.messages = Array.from({length: 500}, () => message([], {question: new Uint8Array(65_000)}))
    await using at = await running({source})
    using client = new RawClient(at.address)
    client.ask(query(ZONE, 252))
    await once(client.socket, 'data')
    client.socket.pause()
    await at.server.close({graceMs: 20})
    expect(source.told).toEqual(['started example.test. v1'])
    expect(at.notes.queries).toEqual(['axfr broken'])
  })

  test('answers what waits for the source with SERVFAIL', async () => {
    class Stuck extends OneZone {
      override soa(): Promise<SoaAnswer> {
        return new Promise(() => this.told.push('asked'))
      }
    }
    const source = new Stuck()
    await using at = await running({source, limits: {soaWaitMs: 60_000}})
    const answer = overUdp(at.address, query())
    await expect.poll(() => source.told).toEqual(['asked'])
    await at.server.close()
    expect(readHeader(await answer).rcode).toBe(2)
  })
})
