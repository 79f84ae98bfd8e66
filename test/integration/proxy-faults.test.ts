import {once} from 'node:events'
import {mkdtemp, rm} from 'node:fs/promises'
import type {Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {getCACertificates, setDefaultCACertificates} from 'node:tls'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {selfSignedCertificate} from '../../src/lib/proxy/certificate.js'
import type {ProxyLimits} from '../../src/lib/proxy/limits.js'
import {type FakeUpstream, isWhole, plainAnswer, startFakeUpstream} from '../support/fake-upstream.js'
import {eventually, startProxy, type TestProxy} from '../support/proxy.js'

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

describe('what goes to PowerDNS', () => {
  it('is the raw path, and the headers with their case, order and duplicates', async () => {
    await answering(plainAnswer(200))
    const socket = await via.socket()
    socket.write(
      'GET /%41/../b//c;d?x=%zz&%00#f HTTP/1.1\r\nHost: primary.example:1\r\nX-Two: 1\r\nx-TWO: 2\r\nConnection: keep-alive, X-Gone\r\n' +
        'X-Gone: 1\r\nKeep-Alive: timeout=1\r\nTE: trailers\r\nUpgrade: x\r\nAccept: \xe9\r\n\r\n',
      'latin1',
    )
    await once(socket, 'data')
    socket.destroy()
    expect(fake.requests[0]?.split('\r\n')).toEqual([
      'GET /%41/../b//c;d?x=%zz&%00#f HTTP/1.1',
      'connection: keep-alive',
      'Host: primary.example:1',
      'X-Two: 1',
      'x-TWO: 2',
      'Accept: \xe9',
      '',
      '',
    ])
  })

  it('is a whole URL where the client sent one', async () => {
    await answering(plainAnswer(204))
    expect((await via.call('DELETE', `http://primary.example${ZONE}`)).status).toBe(204)
    expect(fake.requests[0]).toMatch(/^DELETE http:\/\/primary\.example\/api/)
    expect(via.publisher.calls).toEqual(['deleted a.'])
  })

  it('is chunked where the client did not say how long it is', async () => {
    await answering(plainAnswer(204))
    async function* pieces() {
      yield Buffer.from('{"a"')
      yield Buffer.from(':1}')
    }
    expect((await via.call('PATCH', ZONE, {body: pieces()})).status).toBe(204)
    expect(fake.requests[0]).toMatch(/\r\ntransfer-encoding: chunked\r\n\r\n\d\r\n\{"a".*:1\}\r\n0\r\n\r\n$/s)
  })
})

describe('what comes from PowerDNS', () => {
  it('goes back with its headers, their case, order and duplicates', async () => {
    await answering(
      plainAnswer(299, 'x', 'X-b: 1\r\nx-A: 2\r\nX-B: 3\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n'),
    )
    const {status, statusText, rawHeaders, text} = await via.call('GET', '/')
    expect([status, statusText, text]).toEqual([299, 'Whatever', 'x'])
    const endToEnd = rawHeaders.slice(0, rawHeaders.indexOf('Connection'))
    expect(endToEnd).toEqual(['Content-Length', '1', 'X-b', '1', 'x-A', '2', 'X-B', '3'])
  })

  it('an error of its own after a change is published: part of the change may be there', async () => {
    await answering(plainAnswer(500, '{}'))
    expect((await via.call('PATCH', ZONE, {body: '{}'})).status).toBe(500)
    expect(via.publisher.calls).toEqual(['modified a.'])
  })

  it('no answer to a change, but the end of the connection: 502, published, not sent again', async () => {
    await answering('')
    for (const [method, body] of [['PATCH', '{}'], ['DELETE']] as const) {
      const {status, text} = await via.call(method, ZONE, body ? {body} : {})
      expect([status, JSON.parse(text)]).toEqual([502, {error: expect.stringContaining('PowerDNS')}])
    }
    expect(via.publisher.calls).toEqual(['modified a.', 'deleted a.'])
    expect(fake.requests).toHaveLength(2)
    expect(via.observer.count('upstreamFailed')).toBe(2)
  })

  it('an answer before the end of the body leaves no intent behind', async () => {
    await start((socket, received) => {
      if (received.includes('{')) socket.end(plainAnswer(400, '{}'))
    })
    const socket = await via.socket()
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    const chunk = (part: string) => socket.write(`${part.length.toString(16)}\r\n${part}\r\n`)
    const path = '/api/v1/servers/localhost/zones'
    socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`)
    chunk('{"name":"a."')
    let polls = 0
    await eventually(() => {
      // The answer takes a second piece, and no third one may be on its way when it comes.
      if (polls++ % 40 === 10) chunk(' ')
      return text.includes('HTTP/1.1 400')
    })
    socket.write(`0\r\n\r\nPATCH ${ZONE} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n{`)
    await eventually(() => text.split('HTTP/1.1 400').length === 3)
    socket.destroy()
    expect(via.proxy.pendingChanges).toBe(0)
  })

  it('no HTTP: 502', async () => {
    await answering('nonsense\r\n\r\n')
    expect((await via.call('GET', '/')).status).toBe(502)
  })

  it('an answer that breaks off breaks off for the client too', async () => {
    await start((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome'))
    await expect(via.call('GET', '/')).rejects.toThrow()
  })

  it('nothing, because it is not there: 502, and nothing is published', async () => {
    await answering('')
    await fake[Symbol.asyncDispose]()
    fake = await startFakeUpstream(() => {}) // on another port
    for (const [method, body] of [['GET'], ['DELETE'], ['PATCH', '{}']] as const) {
      expect((await via.call(method, ZONE, body ? {body} : {})).status).toBe(502)
    }
    expect(via.publisher.published).toEqual([])
    expect(via.proxy.pendingChanges).toBe(0)
  })

  it('an answer that is late: 504 for the client, and the change is published when it is made', async () => {
    let finish = () => {}
    await start(
      (socket, received) => {
        if (isWhole(received)) finish = () => socket.end(plainAnswer(204))
      },
      {answerTimeoutMs: 50},
    )
    expect((await via.call('PATCH', ZONE, {body: '{}'})).status).toBe(504)
    expect(via.publisher.published).toEqual([])
    expect(via.proxy.pendingChanges).toBe(1)
    finish()
    await eventually(() => via.proxy.pendingChanges === 0)
    expect(via.publisher.calls).toEqual(['modified a.'])
    expect((await via.call('GET', '/')).status).toBe(504)
  })

  it('a kept connection that it closes under a read: the read is sent again', async () => {
    await start((socket, received, {requests}) => {
      const count = received.split('\r\n\r\n').length - 1
      requests.push(received)
      if (count === 1) socket.write(plainAnswer(200, 'ok'))
      else socket.destroy()
    })
    for (let i = 0; i < 6; i++) expect((await via.call('GET', '/')).text).toBe('ok')
    expect(fake.requests.length).toBeGreaterThan(6)
  })

  it('a change never goes over a kept connection', async () => {
    const used = new Set<Socket>()
    await start((socket, received) => {
      used.add(socket)
      if (isWhole(received)) socket.write(plainAnswer(204))
    })
    for (let i = 0; i < 3; i++) expect((await via.call('PATCH', ZONE, {body: '{}'})).status).toBe(204)
    expect(used.size).toBe(3)
  })

  describe('a connection that was open before the call ends under it', () => {
    let calls: number
    beforeEach(async () => {
      calls = 0
      await start((socket, received) => {
        if (!isWhole(received)) return
        calls += 1
        if (calls === 2) socket.destroy()
        else socket.end(plainAnswer(204))
      })
      await via.call('GET', '/')
      await eventually(() => fake.connections >= 2)
    })

    it('a read is sent again', async () => {
      expect((await via.call('GET', '/')).status).toBe(204)
      expect(calls).toBe(3)
    })

    it('a change is not sent again: 502, and it is published', async () => {
      expect((await via.call('PATCH', ZONE, {body: '{}'})).status).toBe(502)
      await eventually(() => via.proxy.pendingChanges === 0)
      expect([calls, via.publisher.calls]).toEqual([2, ['modified a.']])
    })
  })
})

describe('a front before PowerDNS that speaks TLS and keeps connections', () => {
  async function startFront(): Promise<void> {
    const own = await selfSignedCertificate(state)
    setDefaultCACertificates([...getCACertificates('default'), own.certificate])
    fake = await startFakeUpstream((socket, received, {requests}) => {
      if (!isWhole(received.slice(received.lastIndexOf(' HTTP/1.1')))) return
      requests.push(received)
      socket.write(plainAnswer(200, 'ok'))
    }, own)
    via = await startProxy(fake.port, state, {upstream: `https://127.0.0.1:${fake.port}`})
  }

  it('gets the reads over one of them, and each change over its own', async () => {
    await startFront()
    for (let i = 0; i < 3; i++) expect((await via.call('GET', '/')).text).toBe('ok')
    expect(fake.connections).toBe(1)
    for (let i = 0; i < 3; i++) expect((await via.call('PATCH', ZONE, {body: '{}'})).status).toBe(200)
    expect(fake.connections).toBe(4)
    expect((await via.call('GET', '/')).text).toBe('ok')
    expect([fake.connections, via.publisher.calls]).toEqual([4, Array(3).fill('modified a.')])
  })

  it('whose certificate nobody vouches for gets nothing: 502, and nothing is published', async () => {
    await startFront()
    setDefaultCACertificates(getCACertificates('bundled'))
    for (const method of ['GET', 'DELETE']) expect((await via.call(method, ZONE)).status).toBe(502)
    expect([fake.requests, via.publisher.published, via.proxy.pendingChanges]).toEqual([[], [], 0])
  })
})
