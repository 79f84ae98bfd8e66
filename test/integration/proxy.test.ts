import {cp, mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest'
import {type PowerDnsProcess, startPowerDns} from '../support/powerdns-process.js'
import {change, eventually, RecordingPublisher, startProxy, type TestProxy} from '../support/proxy.js'

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
const create = (name: string) => via.call('POST', ZONES, {body: zoneBody(name)})

async function contentOf(zone: string): Promise<string> {
  const {text} = await powerDns.api('GET', `${ZONES}/${zone}`)
  const {rrsets} = JSON.parse(text) as {rrsets: Array<{type: string; records: Array<{content: string}>}>}
  return rrsets.find(({type}) => type === 'TXT')?.records[0]?.content ?? ''
}

describe('a call that changes a zone is published before it is answered', () => {
  it('from the zone’s creation to its end', async () => {
    const zone = newZone()
    const id = `${ZONES}/${zone}`
    const csk = JSON.stringify({keytype: 'csk', active: true})
    const calls: Array<[string, string, string | undefined, number, string]> = [
      ['POST', ZONES, zoneBody(zone), 201, 'added'],
      ['PATCH', id, change(zone, 'a'), 204, 'modified'],
      ['PUT', id, '{"kind":"Master"}', 204, 'modified'],
      ['POST', `${id}/cryptokeys`, csk, 201, 'modified'],
      ['PUT', `${id}/cryptokeys/1`, '{"active":false}', 204, 'modified'],
      ['DELETE', `${id}/cryptokeys/1`, undefined, 204, 'modified'],
      ['POST', `${id}/metadata`, '{"kind":"X-A","metadata":["1"]}', 201, 'modified'],
      ['PUT', `${id}/metadata/X-A`, '{"metadata":["2"]}', 200, 'modified'],
      ['DELETE', `${id}/metadata/X-A`, undefined, 200, 'modified'],
      ['PUT', `${id}/rectify`, undefined, 200, 'modified'],
      ['PUT', `${id}/notify`, undefined, 200, 'refresh'],
      ['PUT', `/api/v1/servers/localhost/cache/flush?domain=${zone}`, undefined, 200, 'refresh'],
      ['DELETE', id, undefined, 204, 'deleted'],
    ]
    for (const [method, path, body, status, verb] of calls) {
      const answer = await via.call(method, path, body === undefined ? {} : {body})
      expect([method, path, answer.status, answer.text]).toEqual([method, path, status, expect.anything()])
      expect(via.publisher.calls.at(-1)).toBe(`${verb} ${zone}`)
    }
    expect(via.publisher.published).toHaveLength(calls.length)
    expect(new Set(via.publisher.published.map(({id}) => id)).size).toBe(calls.length)
    expect(via.proxy.pendingChanges).toBe(0)
  })

  it.each(['.', '0/25.2.0.192.in-addr.arpa.', '_a.b_c.example.'])('%s', async (zone) => {
    const {text} = await create(zone)
    const {id} = JSON.parse(text) as {id: string}
    const patched = await via.call('PATCH', `${ZONES}/${id}`, {body: change(zone === '.' ? 'x.' : zone, 'a')})
    const deleted = await via.call('DELETE', `${ZONES}/${id}`)
    expect([patched.status, deleted.status]).toEqual([204, 204])
    expect(via.publisher.calls).toEqual([`added ${zone}`, `modified ${zone}`, `deleted ${zone}`])
  })

  it('under the name in the body, whatever the id', async () => {
    const zone = newZone()
    const body = JSON.stringify({id: 'other.example.', name: zone, kind: 'Native', nameservers: []})
    expect((await via.call('POST', ZONES, {body})).status).toBe(201)
    expect(via.publisher.calls).toEqual([`added ${zone}`])
  })

  it('but not if PowerDNS refused it', async () => {
    const zone = newZone()
    await create(zone)
    const refused = [
      await create(zone),
      await via.call('POST', ZONES, {body: '{"name":5}'}),
      await via.call('POST', ZONES, {body: '{"name":"not canonical"}'}),
      await via.call('PATCH', `${ZONES}/${zone}`, {body: '{"rrsets":[{"name":"elsewhere."}]}'}),
      await via.call('PATCH', `${ZONES}/none.example.`, {body: '{"rrsets":[]}'}),
      await via.call('DELETE', `${ZONES}/none.example.`),
    ]
    expect(refused.map(({status}) => status)).toEqual([409, 422, 422, 422, 404, 404])
    expect(via.publisher.calls).toEqual([`added ${zone}`])
    expect(via.proxy.pendingChanges).toBe(0)
  })

  it('also in a body of many pieces and unknown length', async () => {
    const zone = newZone()
    async function* pieces() {
      for (const byte of Buffer.from(zoneBody(zone))) yield Buffer.of(byte)
    }
    expect((await via.call('POST', ZONES, {body: pieces()})).status).toBe(201)
    expect(via.publisher.calls).toEqual([`added ${zone}`])
  })

  it('with many clients at once', async () => {
    const names = Array.from({length: 60}, newZone)
    const answers = await Promise.all(names.map(create))
    // SQLite may be locked for some of them: PowerDNS's 500 is published too, because half of the work may be there.
    expect(answers.filter(({status}) => status !== 201 && status < 500)).toEqual([])
    expect(via.publisher.calls.toSorted()).toEqual(names.map((name) => `added ${name}`).toSorted())
  })

  it('in the order in which one connection sent it, without waiting for answers', async () => {
    const zone = newZone()
    const patch = (content: string) => {
      const body = change(zone, content)
      return `PATCH ${ZONES}/${zone} HTTP/1.1\r\nHost: a\r\nX-API-Key: ${powerDns.apiKey}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    }
    await create(zone)
    const socket = await via.socket()
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    socket.write(Array.from({length: 10}, (_, i) => patch(`content ${i}`)).join(''))
    await eventually(() => text.split('HTTP/1.1 204').length === 11)
    socket.destroy()
    expect(await contentOf(zone)).toBe('"content 9"')
    expect(via.publisher.published).toHaveLength(11)
  })
})

describe('nothing is lost', () => {
  it('when clients go away in the middle of a change, at any moment', async () => {
    const names = Array.from({length: 80}, newZone)
    for (const [i, zone] of names.entries()) {
      await powerDns.api('POST', ZONES, JSON.parse(zoneBody(zone)))
      const gone = new AbortController()
      const body = change(zone, 'changed')
      const call = via.call('PATCH', `${ZONES}/${zone}`, {body, signal: gone.signal}).catch(() => undefined)
      // From before the first byte to after the answer, in steps of the event loop: no clock is involved.
      for (let turn = 0; turn < i; turn++) await new Promise(setImmediate)
      gone.abort()
      await call
    }
    for (const zone of names) {
      if ((await contentOf(zone)) === '') continue
      await eventually(() => via.publisher.calls.includes(`modified ${zone}`))
    }
    await eventually(() => via.proxy.pendingChanges === 0)
    expect(via.observer.count('abandoned')).toBeGreaterThan(0)
  })

  it('and nothing is half done, when the body never becomes whole', async () => {
    const zone = newZone()
    await create(zone)
    const body = change(zone, 'never')
    for (const sent of [0, 1, body.length - 1]) {
      const socket = await via.socket()
      const head = `PATCH ${ZONES}/${zone} HTTP/1.1\r\nHost: a\r\nX-API-Key: ${powerDns.apiKey}\r\nContent-Length: ${body.length}\r\n\r\n`
      const abandoned = via.observer.count('abandoned')
      socket.write(head + body.slice(0, sent))
      await eventually(() => via.proxy.pendingChanges === 1)
      socket.destroy()
      await eventually(() => via.observer.count('abandoned') > abandoned && via.proxy.pendingChanges === 0)
    }
    expect(await contentOf(zone)).toBe('')
    expect(via.publisher.calls).toEqual([`added ${zone}`])
  })

  it('when the publisher is not connected: answered at once, published later in order', async () => {
    via.publisher.connected = false
    const names = Array.from({length: 5}, newZone)
    for (const name of names) expect((await create(name)).status).toBe(201)
    expect(via.publisher.published).toEqual([])
    expect(via.proxy.pendingChanges).toBe(5)
    via.publisher.connected = true
    await eventually(() => via.proxy.pendingChanges === 0)
    expect(via.publisher.calls).toEqual(names.map((name) => `added ${name}`))
  })

  it('when publishing fails: answered within the bound, tried until it is acknowledged', async () => {
    await using slow = await startProxy(powerDns.apiPort, join(state, 'slow'), {
      apiKey: powerDns.apiKey,
      limits: {publishWithinMs: 50},
    })
    slow.publisher.broken = true
    const zone = newZone()
    expect((await slow.call('POST', ZONES, {body: zoneBody(zone)})).status).toBe(201)
    await eventually(() => slow.observer.count('publishFailed') > 2)
    slow.publisher.broken = false
    await eventually(() => slow.proxy.pendingChanges === 0)
    expect(slow.publisher.calls).toEqual([`added ${zone}`])
  })

  it('when the proxy ends between PowerDNS’s answer and the publication', async () => {
    const reached = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    const afterUpstreamAnswer = () => {
      reached.resolve()
      return released.promise
    }
    const first = await startProxy(powerDns.apiPort, join(state, 'first'), {
      apiKey: powerDns.apiKey,
      afterUpstreamAnswer,
    })
    const zone = newZone()
    const call = first.call('POST', ZONES, {body: zoneBody(zone)})
    await reached.promise
    // What the disk holds at this moment is what the next process finds.
    await cp(join(state, 'first'), join(state, 'second'), {recursive: true})
    {
      await using second = await startProxy(powerDns.apiPort, join(state, 'second'), {
        apiKey: powerDns.apiKey,
      })
      await eventually(() => second.proxy.pendingChanges === 0)
      expect(second.publisher.calls).toEqual([`added ${zone}`])
      released.resolve()
      await call
      expect(second.publisher.published).toEqual(first.publisher.published)
    }
    await using third = await startProxy(powerDns.apiPort, join(state, 'second'), {apiKey: powerDns.apiKey})
    expect(third.proxy.pendingChanges).toBe(0)
    await first[Symbol.asyncDispose]()
  })

  it('when it is closed with changes that nobody acknowledged', async () => {
    const publisher = new RecordingPublisher()
    publisher.connected = false
    const zone = newZone()
    {
      await using first = await startProxy(powerDns.apiPort, join(state, 'x'), {
        apiKey: powerDns.apiKey,
        publisher,
      })
      await first.call('POST', ZONES, {body: zoneBody(zone)})
    }
    await using second = await startProxy(powerDns.apiPort, join(state, 'x'), {apiKey: powerDns.apiKey})
    await eventually(() => second.proxy.pendingChanges === 0)
    expect(second.publisher.calls).toEqual([`added ${zone}`])
  })
})
