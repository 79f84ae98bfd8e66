import {once} from 'node:events'
import {mkdtemp, rm} from 'node:fs/promises'
import {connect} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Readable} from 'node:stream'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import type {ProxyLimits} from '../../src/lib/proxy/limits.js'
import {type FakeUpstream, isWhole, plainAnswer, startFakeUpstream} from '../support/fake-upstream.js'
import {eventually, portOf, startProxy, type TestProxy} from '../support/proxy.js'

const ZONE = '/api/v1/servers/localhost/zones/a.'
let state: string
let fake: FakeUpstream
let via: TestProxy

async function start(
  answer: Parameters<typeof startFakeUpstream>[0],
  limits: Partial<ProxyLimits> = {},
): Promise<void> {
  fake = await startFakeUpstream(answer)
  via = await startProxy(fake.port, state, {limits})
}

const answering = (text: string) =>
  start((socket, received, {requests}) => {
    if (!isWhole(received)) return
    requests.push(received)
    socket.end(text)
  })

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'pdist-proxy-'))
})
afterEach(async () => {
  await via[Symbol.asyncDispose]()
  await fake[Symbol.asyncDispose]()
  await rm(state, {recursive: true, force: true})
})

describe('clients', () => {
  it('get their large bodies through in both directions, without the proxy holding them', async () => {
    const size = 160 * 1024 * 1024
    const piece = Buffer.alloc(64 * 1024, 'x')
    let received = 0
    let returned = 0
    let peak = 0
    const note = () => {
      peak = Math.max(peak, process.memoryUsage().rss)
    }
    await start((socket, first) => {
      received = first.length
      socket.removeAllListeners('data')
      socket.on('data', (data) => {
        note()
        received += data.length
        if (received < size) return
        socket.removeAllListeners('data')
        socket.resume()
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
        Readable.from(pieces()).pipe(socket)
      })
    })
    async function* pieces() {
      for (let sent = 0; sent < size; sent += piece.length) yield piece
    }
    const before = process.memoryUsage().rss
    const onData = (data: Buffer) => {
      note()
      returned += data.length
    }
    expect((await via.call('PATCH', ZONE, {body: pieces(), onData})).status).toBe(200)
    expect(returned).toBe(size)
    // Client, proxy and server share this process: their buffers together stay below one body.
    expect(peak - before).toBeLessThan(size)
    expect(via.publisher.calls).toEqual(['modified a.'])
  })

  it('that are too slow with their headers or bodies are cut off', async () => {
    await start(() => {}, {headersTimeoutMs: 100, requestTimeoutMs: 200})
    const ends = [
      'GET / HTTP/1.1\r\n',
      `PATCH ${ZONE} HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{`,
    ].map(async (start) => {
      const socket = await via.socket()
      socket.resume()
      socket.write(start)
      await once(socket, 'close')
    })
    await Promise.all(ends)
    await eventually(() => via.proxy.pendingChanges === 0)
    expect(via.observer.count('malformed')).toBeGreaterThanOrEqual(2)
    expect(via.publisher.published).toEqual([])
  })

  it.each([
    [
      'no HTTP',
      'nonsense\r\n\r\n',
      /^HTTP\/1\.1 400 Bad Request\r\n(?:.+\r\n)+\r\n\{"error":"Bad Request"\}$/,
    ],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a lower-case method', `patch ${ZONE} HTTP/1.1\r\nHost: a\r\n\r\n`, /^HTTP\/1\.1 400 /],
    [
      'two lengths',
      `PATCH ${ZONE} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`,
      /^HTTP\/1\.1 400 /,
    ],
    [
      'two framings',
      `PATCH ${ZONE} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a bad chunk',
      `PATCH ${ZONE} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      /^HTTP\/1\.1 400 /,
    ],
    [
      'too large a header',
      `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
  ])('that send %s are told so', async (_, bytes, expected) => {
    await answering(plainAnswer(200))
    const socket = await via.socket()
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    socket.write(bytes)
    socket.on('error', () => {}) // The rest of what it sends may meet a closed connection.
    await once(socket, 'close')
    expect(text).toMatch(expected)
    await eventually(() => via.proxy.pendingChanges === 0)
    expect(via.publisher.published).toEqual([])
  })

  it('that speak no TLS, or an old one, do no harm', async () => {
    await answering(plainAnswer(200))
    const socket = connect(portOf(via.proxy), '127.0.0.1')
    socket.on('error', () => socket.destroy())
    socket.resume()
    socket.end('GET / HTTP/1.1\r\n\r\n')
    await once(socket, 'close')
    // So old that the client itself has to be talked into it; the refusal is the server's.
    const old = {minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0'} as const
    await expect(via.socket(old)).rejects.toMatchObject({code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'})
    ;(await via.socket({maxVersion: 'TLSv1.2'})).destroy()
    expect((await via.call('GET', '/')).status).toBe(200)
    expect(via.observer.count('malformed')).toBeGreaterThan(0)
  })

  it('that come from elsewhere are cut off, however they write their address', async () => {
    await answering(plainAnswer(200))

    for (const [host, allowFrom, status] of [
      ['127.0.0.1', ['192.0.2.0/24', '::/0'], undefined],
      ['::', ['127.0.0.0/8'], 200],
      ['::', ['::1', '192.0.2.0/24'], undefined],
    ] as const) {
      await using proxy = await startProxy(fake.port, join(state, String(allowFrom[0].length)), {
        listen: [{host, port: 0}],
        allowFrom,
      })
      const answer = proxy.call('GET', '/')
      if (status === undefined) await expect(answer).rejects.toMatchObject({code: 'ECONNRESET'})
      else expect((await answer).status).toBe(status)
      const turnedAway = status === undefined ? 1 : 0
      expect([proxy.observer.count('turnedAway'), proxy.observer.count('malformed')]).toEqual([turnedAway, 0])
    }
  })

  it('that ask for a tunnel get none', async () => {
    await answering(plainAnswer(200))
    const socket = await via.socket()
    socket.resume()
    socket.write('CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n')
    await once(socket, 'close')
    expect(fake.requests).toEqual([])
  })
})

describe('closing', () => {
  it('waits for what is under way, and takes no more', async () => {
    let finish: (() => void) | undefined
    await start((socket, received) => {
      if (isWhole(received)) finish = () => socket.end(plainAnswer(204))
    })
    const call = via.call('PATCH', ZONE, {body: '{}'})
    await eventually(() => finish !== undefined)
    const closed = via.proxy.close(AbortSignal.timeout(20_000))
    finish?.()
    const {status, headers} = await call
    await closed
    expect([status, headers.connection]).toEqual([204, 'close'])
    expect(via.publisher.calls).toEqual(['modified a.'])
    await expect(via.call('GET', '/')).rejects.toThrow()
  })

  it('cuts what is left at the deadline, and keeps its intent', async () => {
    let isReceived = false
    await start((_, received) => {
      isReceived ||= isWhole(received)
    })
    via.publisher.broken = true
    const call = via.call('PATCH', ZONE, {body: '{}'}).catch((error: unknown) => error)
    await eventually(() => isReceived)
    await via.proxy.close(AbortSignal.abort())
    await call
    await using again = await startProxy(fake.port, state)
    await eventually(() => again.proxy.pendingChanges === 0)
    expect(again.publisher.calls).toEqual(['modified a.'])
  })
})
