import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import type {ApiProxyOptions} from '../../../src/lib/proxy/proxy.js'
import {type FakeUpstream, isWhole, plainAnswer, startFakeUpstream} from '../../support/fake-upstream.js'
import {FakeProofs, type FollowedChange} from '../../support/fakes/proofs.js'
import {type Answer, eventually, startProxy, type TestProxy} from '../../support/proxy.js'

const ZONE = '/api/v1/servers/localhost/zones/example.com.'
const SERVED = {proved: 2, active: 2, failing: false, over: 'served'} as const

let state: string
let upstream: FakeUpstream
let answer: string
let proofs: FakeProofs
const open: AsyncDisposable[] = []

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'pdist-waits-'))
  answer = plainAnswer(204, '', 'X-Of-PowerDNS: yes\r\n')
  proofs = new FakeProofs()
  upstream = await startFakeUpstream((socket, received, fake) => {
    if (!isWhole(received)) return
    fake.requests.push(received)
    socket.end(answer)
  })
})
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
  await rm(state, {recursive: true, force: true})
})

async function start(limits: ApiProxyOptions['limits'] = {}): Promise<TestProxy> {
  const proxy = await startProxy(upstream.port, state, {proofs, limits})
  open.push(proxy)
  return proxy
}

function patch(via: TestProxy, wait?: string, path = ZONE, signal?: AbortSignal): Promise<Answer> {
  const headers = wait === undefined ? {} : {'Pdist-Wait': wait}
  return via.call('PATCH', path, {body: '{"rrsets":[]}', headers, ...(signal ? {signal} : {})})
}

/** The next change that somebody waits for, once it is published. */
async function followed(at = 0): Promise<FollowedChange> {
  await eventually(() => proofs.followed[at]?.event !== undefined)
  const change = proofs.followed[at]
  if (!change) throw new Error('nothing is followed')
  return change
}

describe('a change that is asked to wait', () => {
  it('is answered as PowerDNS did, and told what was proved, when it is proved', async () => {
    const via = await start()
    const plain = await patch(via)
    const calling = patch(via, 'all; timeout=1m')
    const change = await followed()
    expect(change).toMatchObject({zone: 'example.com.', waitFor: 'all', event: 2})
    expect([via.proxy.waiting, proofs.prepared]).toEqual([1, 1])
    change.tell(SERVED)
    const {headers: _, rawHeaders, ...answered} = await calling
    const served = rawHeaders.splice(rawHeaders.indexOf('Pdist-Served'), 2)
    expect(served).toEqual(['Pdist-Served', expect.stringMatching(/^2\/2; ms=\d+$/)])
    expect({...answered, rawHeaders, headers: plain.headers}).toEqual(plain)
    expect([proofs.open, via.proxy.waiting, via.observer.count('waited')]).toEqual([0, 0, 1])
  })

  it.each([
    ['any', undefined, {waitFor: 'any'}],
    ['2; timeout=9s', undefined, {waitFor: 2}],
    [undefined, `/pdist-wait/all/10s${ZONE}`, {waitFor: 'all'}],
    ['1', `/pdist-wait/all/10s${ZONE}`, {waitFor: 1}],
  ])('as %j at %j reaches PowerDNS as if it were not', async (wait, path, wanted) => {
    const via = await start()
    proofs.answer = SERVED
    await patch(via)
    const {headers} = await patch(via, wait, path)
    expect(headers['pdist-served']).toContain('ms=')
    expect(proofs.followed).toMatchObject([wanted])
    expect(upstream.requests[1]).toBe(upstream.requests[0])
  })

  it('and cannot be read is refused before PowerDNS hears of it', async () => {
    const via = await start()
    for (const [wait, path] of [
      ['none', ZONE],
      ['all; timeout=1h', ZONE],
      [undefined, `/pdist-wait/none${ZONE}`],
    ] as const) {
      const {status, text} = await patch(via, wait, path)
      expect(status).toBe(400)
      expect(JSON.parse(text)).toEqual({error: expect.stringMatching(/dist-[Ww]ait/)})
    }
    expect([upstream.requests, via.publisher.published, proofs.prepared]).toEqual([[], [], 0])
    // The connection goes on.
    expect((await patch(via)).status).toBe(204)
  })

  it('is answered at the end of its time', async () => {
    const via = await start()
    const calling = patch(via, 'all; timeout=30ms')
    const change = await followed()
    change.tell({proved: 1, active: 2, failing: false})
    expect(await calling).toMatchObject({status: 204, headers: {'pdist-served': '1/2; timeout'}})
    expect(proofs.open).toBe(0)
  })

  it('may be silent for longer than a connection that is idle, and than PowerDNS', async () => {
    const via = await start({idleTimeoutMs: 50, answerTimeoutMs: 50})
    expect(await patch(via, 'all; timeout=300ms')).toMatchObject({
      status: 204,
      headers: {'pdist-served': '0/0; timeout'},
    })
    expect(via.observer.count('abandoned')).toBe(0)
  })

  it('whose answer is not read in full does not keep PowerDNS waiting', async () => {
    const body = JSON.stringify('x'.repeat(300_000))
    answer = plainAnswer(200, body)
    const via = await start({unreadAnswerMs: 30})
    const {text, headers} = await patch(via, 'all; timeout=5m')
    expect([text, headers['pdist-served']]).toEqual([body, '0/0; timeout'])
  })

  it('is published also when its client goes away, which ends the waiting', async () => {
    const via = await start()
    const gone = new AbortController()
    const calling = patch(via, 'all; timeout=5m', ZONE, gone.signal).catch(() => undefined)
    await followed()
    gone.abort()
    await calling
    await eventually(() => proofs.open === 0 && via.proxy.waiting === 0)
    expect(via.publisher.calls).toEqual(['modified example.com.'])
    expect(via.observer.lines.find((line) => line.startsWith('waited'))).toContain('"ended":"gone"')
  })

  it('is answered while the broker is away, and published later', async () => {
    const via = await start()
    via.publisher.connected = false
    expect((await patch(via, 'all; timeout=30ms')).headers['pdist-served']).toBe('0/0; timeout')
    expect([via.proxy.pendingChanges, proofs.open]).toEqual([1, 0])
    via.publisher.connected = true
    await eventually(() => via.proxy.pendingChanges === 0)
  })

  it('is answered at once where too many wait, or the proxy stops', async () => {
    const via = await start({maxWaiting: 1})
    const first = patch(via, 'all; timeout=5m')
    await followed()
    expect((await patch(via, 'all; timeout=5m')).headers['pdist-served']).toBe('0/0; busy')
    const closing = via.proxy.close(AbortSignal.timeout(10_000))
    expect((await first).headers['pdist-served']).toBe('0/0; stopping')
    await closing
    open.length = 0
  })
})

describe('nothing is waited for, nor told', () => {
  it('where PowerDNS refused, or failed', async () => {
    const via = await start()
    for (const status of [301, 404, 422, 500]) {
      answer = plainAnswer(status, '{"error":"no"}')
      const answered = await patch(via, 'all; timeout=5m')
      expect([answered.status, answered.text]).toEqual([status, '{"error":"no"}'])
      expect(answered.headers).not.toHaveProperty('pdist-served')
    }
    expect(proofs.followed).toEqual([])
  })

  it('for a call that changes no zone, though its prefix is cut off', async () => {
    const via = await start()
    const path = `/pdist-wait/all/10s${ZONE}?rrsets=false`
    const {headers} = await via.call('GET', path, {headers: {'Pdist-Wait': 'all'}})
    expect(headers).not.toHaveProperty('pdist-served')
    expect(upstream.requests[0]).toMatch(
      /^GET \/api\/v1\/servers\/localhost\/zones\/example.com.\?rrsets=false /,
    )
    expect([proofs.prepared, proofs.followed]).toEqual([0, []])
  })

  it('without being asked', async () => {
    const via = await start()
    expect((await patch(via)).headers).not.toHaveProperty('pdist-served')
    expect([proofs.prepared, proofs.followed]).toEqual([0, []])
  })
})
