import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest'
import {type PowerDnsProcess, startPowerDns} from '../support/powerdns-process.js'
import {eventually, startProxy, type TestProxy} from '../support/proxy.js'

const ZONES = '/api/v1/servers/localhost/zones'
let powerDns: PowerDnsProcess
let state: string
let via: TestProxy

beforeAll(async () => {
  powerDns = await startPowerDns()
})
afterAll(() => powerDns.stop())

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'pdist-proxy-'))
  via = await startProxy(powerDns.apiPort, state, {apiKey: powerDns.apiKey})
})
afterEach(async () => {
  await via[Symbol.asyncDispose]()
  await rm(state, {recursive: true, force: true})
})

let zones = 0
const newZone = () => `zone-${zones++}.example.`
const zoneBody = (name: string) => JSON.stringify({name, kind: 'Native', nameservers: ['ns.example.org.']})

describe('every call goes through', () => {
  it('with status, headers and body as PowerDNS gave them', async () => {
    const path = '/api/v1/servers/localhost?x=%2F%zz&y'
    const direct = await fetch(`http://127.0.0.1:${powerDns.apiPort}${path}`, {
      headers: {'x-api-key': powerDns.apiKey},
    })
    const {status, statusText, headers, text} = await via.call('GET', path)
    expect(text).toBe(await direct.text())
    expect([status, statusText]).toEqual([200, 'OK'])
    const {connection: _, ...expected} = Object.fromEntries(direct.headers)
    const {connection: __, 'keep-alive': ___, ...got} = headers
    expect(got).toEqual(expected)
  })

  it.each([
    ['GET', '/', 404],
    ['GET', '/api/v1/servers/localhost/zones/none.example.', 404],
    ['PATCH', '/api/v1/servers/localhost/zones/=zz', 400],
    ['POST', '/api/v1/servers/localhost/zones/', 404],
    ['PATCH', '/api/v1/servers/localhost//zones/a.', 404],
    ['PATCH', '/api/v1/servers/localhost/zones/a/../b', 422],
    ['GET', '/%', 404],
    ['GET', '/a%00b;c=//../..', 404],
    ['PROPFIND', '/api/v1/servers/localhost', 405],
    ['TRACE', '/api/v1/servers/localhost', 405],
    ['OPTIONS', '/api/v1/servers/localhost/zones', 200],
    ['M-SEARCH', '/nothing', 404],
  ])('%s %s as if the proxy were not there', async (method, path, status) => {
    const direct = await powerDns.api(method, path)
    const {status: got, text} = await via.call(method, path)
    expect({status: got, text}).toEqual(direct)
    expect(got).toBe(status)
    expect(via.publisher.published).toEqual([])
  })

  it('also HEAD, where PowerDNS sends bytes that are no part of the answer', async () => {
    const {status, text} = await via.call('HEAD', '/api/v1/servers/localhost/zones')
    expect([status, text]).toEqual([405, ''])
    expect((await via.call('GET', '/api/v1/servers/localhost/zones')).status).toBe(200)
  })

  it('with a body that PowerDNS refuses to read: the client gets an answer, and the next request too', async () => {
    const body = Buffer.alloc(20 * 1024 * 1024, ' ')
    const {status} = await via.call('POST', ZONES, {body})
    // PowerDNS answers 400 and closes without reading on; whether the answer survives that is TCP's to say.
    expect([400, 502]).toContain(status)
    expect((await via.call('GET', '/api/v1/servers/localhost')).status).toBe(200)
    await eventually(() => via.proxy.pendingChanges === 0)
    expect(via.publisher.published).toEqual([])
  })

  it('whatever content type it claims, and with JSON that is none', async () => {
    for (const type of ['nonsense', 'application/json', 'text/xml; charset=?', '']) {
      const {status, text} = await via.call('POST', ZONES, {
        body: '{"name":',
        headers: {'content-type': type},
      })
      expect([status, text]).toEqual([400, expect.stringContaining('Bad Request')])
    }
    expect(via.proxy.pendingChanges).toBe(0)
  })

  it('without the API key: 401, and nothing published', async () => {
    const {status} = await via.call('DELETE', `${ZONES}/a.`, {headers: {'x-api-key': 'wrong'}})
    expect(status).toBe(401)
    expect(via.publisher.published).toEqual([])
    await eventually(() => via.proxy.pendingChanges === 0)
  })

  it('never showing the key to the observer', async () => {
    await via.call('GET', `/api/v1/servers/localhost?api-key=${powerDns.apiKey}`)
    await via.call('PUT', `/api/v1/servers/localhost/cache/flush?api-key=${powerDns.apiKey}&domain=a.`)
    expect(via.publisher.calls).toEqual(['refresh a.'])
    expect(via.observer.lines.join('\n') + JSON.stringify(via.publisher.published)).not.toContain(
      powerDns.apiKey,
    )
  })

  it('after Expect: 100-continue', async () => {
    const zone = newZone()
    const {status} = await via.call('POST', ZONES, {body: zoneBody(zone), headers: {expect: '100-continue'}})
    expect(status).toBe(201)
    expect(via.publisher.calls).toEqual([`added ${zone}`])
  })
})
