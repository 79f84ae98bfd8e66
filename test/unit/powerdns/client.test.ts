import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import {PowerDnsClient} from '../../../src/lib/powerdns/client.js'
import type {ApiZone} from '../../../src/lib/powerdns/zone-object.js'
import {eventually} from '../../support/eventually.js'
import {isWhole, plainAnswer, startFakeUpstream} from '../../support/fake-upstream.js'
import {type PowerDnsProcess, startPowerDns} from '../../support/powerdns-process.js'

const never = new AbortController().signal
const [A, B] = [zoneName('a.test'), zoneName('b.test')]
const MASTERS = ['127.0.0.1:20102', '[::1]:20102']

let powerDns: PowerDnsProcess
let client: PowerDnsClient
beforeAll(async () => {
  powerDns = await startPowerDns({secondary: 'yes'})
  client = clientOf(powerDns.apiPort, powerDns.apiKey)
})
afterAll(async () => {
  client?.close()
  await powerDns?.stop()
})

function clientOf(port: number, apiKey = 'key', timeoutMs = 10_000, {ready = false} = {}): PowerDnsClient {
  const apiUrl = `http://127.0.0.1:${port}`
  return new PowerDnsClient({apiUrl, apiKey, serverId: 'localhost', timeoutMs, ready})
}

async function allZones(asked: PowerDnsClient, options?: {dnssec: boolean}): Promise<ApiZone[]> {
  const zones: ApiZone[] = []
  for await (const zone of asked.eachZone(never, options)) zones.push(zone)
  return zones
}

describe('a real PowerDNS', () => {
  it('creates, shows, lists, transfers, flushes and deletes a secondary zone', async () => {
    expect(await client.serverVersion(never)).toMatch(/^\d+\.\d+/)
    expect(await client.getZone(A, never)).toBeUndefined()
    expect(await client.retrieve(A, never)).toBe(false)
    expect(await client.createSecondary(A, {masters: MASTERS}, never)).toBe(true)
    expect(await client.createSecondary(A, {masters: ['192.0.2.1']}, never)).toBe(false)
    const zone = {zone: A, kind: 'secondary', masters: MASTERS, serial: 0}
    expect(await client.getZone(A, never)).toMatchObject(zone)
    const listed = await allZones(client, {dnssec: false})
    expect(listed).toMatchObject([zone])
    expect(listed[0]).not.toHaveProperty('signed')
    expect(await allZones(client)).toMatchObject([{...zone, editedSerial: 0}])
    expect(await client.retrieve(A, never)).toBe(true)
    await client.flush(A, never)
    await client.flush(A, never, {metadata: true})
    expect(await client.deleteZone(A, never)).toBe('deleted')
    expect(await client.deleteZone(A, never)).toBe('absent')
  })

  it.each([
    '.',
    '0/25.2.0.192.in-addr.arpa',
    '_sip._tcp.a.test',
    'xn--bcher-kva.a.test',
    'xn--bcher-kva.a.test',
  ])('finds the zone %s again under the id that we make of its name', async (name) => {
    const zone = zoneName(name)
    expect(await client.createSecondary(zone, {masters: MASTERS}, never)).toBe(true)
    expect(await client.getZone(zone, never)).toMatchObject({zone})
    await client.flush(zone, never)
    expect(await client.retrieve(zone, never)).toBe(true)
    expect(await client.deleteZone(zone, never)).toBe('deleted')
  })

  it('gives a signed zone NSEC3, and tells metadata', async () => {
    const zone = zoneName('signed.test')
    const secured = {name: zone, kind: 'Native', nameservers: [`ns1.${zone}`], dnssec: true}
    expect((await powerDns.api('POST', '/api/v1/servers/localhost/zones', secured)).status).toBe(201)
    expect(await client.getZone(zone, never)).toMatchObject({signed: true, nsec3param: ''})
    await client.setNsec3(zone, never)
    await client.rectify(zone, never)
    expect(await client.getZone(zone, never)).toMatchObject({signed: true, nsec3param: '1 0 0 -'})
    const listed = (await allZones(client)).find((each) => each.zone === zone)
    expect(listed).toMatchObject({signed: true})
    expect(await client.metadata(zone, 'NSEC3PARAM', never)).toEqual(['1 0 0 -'])
    expect(await client.metadata(zone, 'PRESIGNED', never)).toEqual([])
    expect(await client.metadata(zoneName('absent.test'), 'PRESIGNED', never)).toEqual([])
    expect(await client.deleteZone(zone, never)).toBe('deleted')
  })

  it('says why it refuses', async () => {
    const native = {name: B, kind: 'Native', nameservers: [`ns1.${B}`]}
    expect((await powerDns.api('POST', '/api/v1/servers/localhost/zones', native)).status).toBe(201)
    await expect(client.retrieve(B, never)).rejects.toMatchObject({
      code: 'PDIST_POWERDNS_REQUEST',
      status: 422,
    })
    expect(await client.getZone(B, never)).toMatchObject({kind: 'native', masters: []})
    const wrong = clientOf(powerDns.apiPort, 'wrong')
    await expect(allZones(wrong)).rejects.toMatchObject({
      code: 'PDIST_POWERDNS_UNAUTHORIZED',
      hints: [expect.stringContaining('api_key')],
    })
    wrong.close()
  })

  it('takes a TSIG key, and another secret for it, and uses it for a zone', async () => {
    const key = {name: zoneName('key.test'), algorithm: 'hmac-sha256', secret: 'c2VjcmV0IG9mIHRoZSB0ZXN0'}
    const id = await client.setTsigKey(key, never)
    expect(await client.setTsigKey({...key, secret: 'YW5vdGhlciBzZWNyZXQ='}, never)).toBe(id)
    const keys = await powerDns.api('GET', '/api/v1/servers/localhost/tsigkeys/key.test.')
    expect(JSON.parse(keys.text)).toMatchObject({algorithm: 'hmac-sha256', key: 'YW5vdGhlciBzZWNyZXQ='})
    expect(await client.createSecondary(A, {masters: MASTERS, tsigKeyIds: [id]}, never)).toBe(true)
    const zone = await powerDns.api('GET', '/api/v1/servers/localhost/zones/a.test.?rrsets=false')
    expect(JSON.parse(zone.text)).toMatchObject({slave_tsig_key_ids: ['key.test.']})
    await client.deleteZone(A, never)
  })
})

describe('a PowerDNS that does not do as it should', () => {
  const locked = '{"error": "GSQLBackend unable to delete domain: database is locked"}'

  it('is asked again while its database is locked, and no longer than that', async () => {
    let refusals = 3
    await using fake = await startFakeUpstream((socket, received, self) => {
      if (!isWhole(received)) return
      self.requests.push(received)
      socket.end(refusals-- > 0 ? plainAnswer(500, locked, 'Connection: close\r\n') : plainAnswer(204))
    })
    const asking = clientOf(fake.port)
    expect(await asking.deleteZone(A, never)).toBe('deleted')
    expect(fake.requests).toHaveLength(4)
    refusals = 100
    await expect(asking.deleteZone(A, never)).rejects.toMatchObject({
      code: 'PDIST_POWERDNS_REQUEST',
      status: 500,
      databaseLocked: true,
    })
    expect(fake.requests).toHaveLength(12)
    asking.close()
  })

  it.each([
    ['closes', '', 'PDIST_POWERDNS_UNAVAILABLE'],
    ['talks nonsense', 'SSH-2.0-OpenSSH\r\n', 'PDIST_POWERDNS_UNAVAILABLE'],
    ['answers with a page', plainAnswer(200, '<html>'), 'PDIST_POWERDNS_ANSWER'],
    [
      'answers with an endless error',
      plainAnswer(500, `{"error":"${'x'.repeat(100_000)}"}`),
      'PDIST_POWERDNS_REQUEST',
    ],
  ])('is told as such when it %s', async (_, bytes, code) => {
    await using fake = await startFakeUpstream((socket, received) => {
      if (isWhole(received)) socket.end(bytes, 'latin1')
    })
    const asking = clientOf(fake.port)
    const error = await asking.getZone(A, never).catch((failure: unknown) => failure)
    expect(error).toMatchObject({code})
    expect(String(error).length).toBeLessThan(1000)
    asking.close()
  })

  it.each([
    ['a list that ends too early', plainAnswer(200, '[{"name":"a.test.","kind":"Native"}'), 'ANSWER'],
    ['a page', plainAnswer(200, '<html>'), 'ANSWER'],
    ['nothing', plainAnswer(200, ''), 'ANSWER'],
    ['an error', plainAnswer(500, '{"error":"no database"}'), 'REQUEST'],
    ['less than it said', `HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[]`, 'UNAVAILABLE'],
  ])('lists no zones for %s', async (_, bytes, code) => {
    await using fake = await startFakeUpstream((socket, received) => {
      if (isWhole(received)) socket.end(bytes, 'latin1')
    })
    const asking = clientOf(fake.port)
    const listing = allZones(asking)
    await expect(listing).rejects.toMatchObject({code: `PDIST_POWERDNS_${code}`})
    asking.close()
  })

  it('is not waited for without end, nor after an abort', async () => {
    await using fake = await startFakeUpstream(() => undefined)
    const hasty = clientOf(fake.port, 'key', 200)
    await expect(hasty.getZone(A, never)).rejects.toMatchObject({code: 'PDIST_POWERDNS_UNAVAILABLE'})
    hasty.close()
    const patient = clientOf(fake.port)
    const abort = new AbortController()
    const asking = patient.getZone(A, abort.signal)
    abort.abort(new Error('enough'))
    await expect(asking).rejects.toThrow('enough')
    await expect(patient.getZone(A, abort.signal)).rejects.toThrow('enough')
    patient.close()
  })

  it('is not waited for without end either on a connection that was open before', async () => {
    let calls = 0
    await using fake = await startFakeUpstream((socket, received) => {
      if (!isWhole(received)) return
      calls += 1
      if (calls === 1) socket.end(plainAnswer(404))
    })
    const hasty = clientOf(fake.port, 'key', 200, {ready: true})
    expect(await hasty.getZone(A, never)).toBeUndefined()
    await eventually(() => expect(fake.connections).toBe(2))
    await expect(hasty.getZone(A, never)).rejects.toMatchObject({code: 'PDIST_POWERDNS_UNAVAILABLE'})
    expect(calls).toBe(2)
    hasty.close()
  })

  it('is named where it is not there', async () => {
    const asking = new PowerDnsClient({apiUrl: 'http://127.0.0.1:1/', apiKey: 'k', serverId: 'localhost'})
    await expect(asking.serverVersion(never)).rejects.toMatchObject({
      code: 'PDIST_POWERDNS_UNAVAILABLE',
      message: expect.stringContaining('http://127.0.0.1:1/'),
      hints: [expect.stringContaining('api=yes')],
    })
    asking.close()
  })
})
