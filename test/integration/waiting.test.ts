import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {TestAuthority} from '../support/acme.js'
import {acmeShCalls, type ClientCall, lexiconCalls} from '../support/acme-clients.js'
import {zonePath} from '../support/api-client.js'
import {eventually} from '../support/eventually.js'
import {TestSystem} from '../support/system.js'
import {WaitingClient} from '../support/waiting-client.js'

const ZONE = 'waiting.example.'
const NAME = `www.${ZONE}`
const CHALLENGE = `_acme-challenge.www.${ZONE}`
const PROVED = /^\d\/2; ms=\d+$/
const CLIENTS = 200

let system: TestSystem
let client: WaitingClient
beforeAll(async () => {
  system = await TestSystem.start()
  client = await WaitingClient.of(system.lab.endpoints, CLIENTS)
  await system.proxy.createZone(ZONE, [], {kind: 'Master'})
  await system.follows(ZONE)
})
afterAll(async () => {
  await client?.close()
  await system?.stop()
})

/** What each secondary answers at this very moment. */
const texts = (name: string) => Promise.all(system.secondaries.map(({dns}) => dns.txt(name)))

/** While `work` goes on, ns2's syncer stands still. */
async function withoutOne<T>(work: () => Promise<T>): Promise<T> {
  const syncer = system.lab.part('syncer-ns2')
  syncer.signal('SIGSTOP')
  try {
    return await work()
  } finally {
    syncer.signal('SIGCONT')
  }
}

describe('an API call that waits for the proof', () => {
  test.each([
    ['all', /^2\/2; ms=\d+$/],
    ['any; timeout=20s', /^[12]\/2; ms=\d+$/],
    ['1', /^[12]\/2; ms=\d+$/],
    ['5; timeout=20s', /^2\/2; too-few$/],
  ])('of %s is answered when it is there', async (wait, served) => {
    const answer = await client.setText(ZONE, NAME, `for ${wait}`, wait)
    expect(answer).toEqual({status: 204, text: '', served: expect.stringMatching(served)})
    const found = (await texts(NAME)).filter(([text]) => text === `for ${wait}`)
    expect(found.length).toBeGreaterThanOrEqual(Number(answer.served?.[0]))
  })

  test('is told who is missing when the time is over, and that PowerDNS has the change', async () => {
    const answer = await withoutOne(() => client.setText(ZONE, NAME, 'late', 'all; timeout=500ms'))
    expect(answer).toEqual({status: 204, text: '', served: '1/2; timeout'})
    await eventually(async () => expect(await texts(NAME)).toEqual([['late'], ['late']]))
  })

  test('that cannot be read is refused, and not made', async () => {
    const answer = await client.setText(ZONE, NAME, 'never', 'everybody')
    expect([answer.status, answer.served]).toEqual([400, undefined])
    expect((await client.setText(ZONE, `other.${ZONE}`, 'plain')).served).toBeUndefined()
    expect((await texts(NAME)).flat()).not.toContain('never')
  })

  test('goes with hundreds of others', async () => {
    // They want to be sure of what is there. PowerDNS is given them one after the other.
    const path = `/api/v1/servers/localhost${zonePath(ZONE)}/notify`
    const call = {method: 'PUT', path, headers: {'pdist-wait': 'all; timeout=1m'}} as const
    const answers = await Promise.all(Array.from({length: CLIENTS}, () => client.send(call)))
    expect(answers.filter(({status, served}) => status !== 200 || !PROVED.test(served ?? ''))).toEqual([])
    expect(await system.metric('api-proxy', 'pdist_proxy_waiting{')).toBe(0)
  })

  test('is no longer held back when its client leaves', async () => {
    const gone = new AbortController()
    const count = (outcome: string) =>
      system.metric('api-proxy', `pdist_proxy_waits_total{outcome="${outcome}"`)
    await withoutOne(async () => {
      const call = client.setText(ZONE, NAME, 'gone', 'all; timeout=5m', gone.signal).catch(() => undefined)
      await eventually(async () => expect(await system.metric('api-proxy', 'pdist_proxy_waiting{')).toBe(1))
      gone.abort()
      await call
      await eventually(async () => expect(await count('gone')).toBe(1))
      expect(await system.metric('api-proxy', 'pdist_proxy_waiting{')).toBe(0)
    })
    await eventually(async () => expect(await texts(NAME)).toEqual([['gone'], ['gone']]))
  })
})

describe('an ACME client that never sleeps', () => {
  const prefixed = () => `${system.lab.endpoints.proxy.url}/pdist-wait/all/20s`

  test('gets its certificate at the first try: lego', async () => {
    const {proxy, secondaries} = system.lab.endpoints
    const [, second] = secondaries
    await using authority = await TestAuthority.start(second?.dns ?? {host: '', port: 0})
    const domains = [`www.${ZONE}`.slice(0, -1)]
    const access = {apiKey: proxy.apiKey, apiCaFile: proxy.caFile}
    const {code, output, certificate} = await authority.issue({...access, apiUrl: prefixed(), domains})
    expect([code, output]).toEqual([0, expect.stringContaining('The server validated our request')])
    expect(certificate).toContain('BEGIN CERTIFICATE')
    expect((await texts(CHALLENGE)).flat()).toEqual([])
  })

  test.each([
    ['acme.sh', acmeShCalls],
    ['dns-lexicon', lexiconCalls],
  ])('finds its challenge served when it goes on: %s', async (value, callsOf) => {
    const calls: ClientCall[] = callsOf(ZONE, CHALLENGE, value)
    for (const {path, ...call} of calls) {
      const answer = await client.send({...call, path: `/pdist-wait/all/20s${path}`})
      expect([path, answer.status]).toEqual([path, call.method === 'PATCH' ? 204 : 200])
      expect(answer.served ?? '').toMatch(call.method === 'GET' ? /^$/ : PROVED)
      if (call.method === 'PATCH') expect(await texts(CHALLENGE)).toEqual([[value], [value]])
    }
  })
})

describe('pdist zone wait', () => {
  test('ends when every secondary has what the store has', async () => {
    await client.setText(ZONE, NAME, 'stored', 'any')
    const {code, json} = await system.command('zone', 'wait', ZONE)
    const row = {state: 'served', serial: expect.any(Number), ms: expect.any(Number)}
    const secondaries = ['ns1', 'ns2'].map((secondary) => ({secondary, ...row}))
    expect([code, json]).toEqual([0, {zone: ZONE, confirmed: true, secondaries}])
  })

  test('ends when every secondary answers with a record, which comes later', async () => {
    const record = `_acme-challenge.www/TXT/"of a script"`
    const waiting = system.command('zone', 'wait', ZONE, '--record', record)
    await client.setText(ZONE, CHALLENGE, 'of a script', 'all')
    expect(await waiting).toMatchObject({code: 0, json: {confirmed: true}})
  })

  test('says who has it not in time', async () => {
    const {code, json} = await withoutOne(() =>
      system.command(
        'zone',
        'wait',
        ZONE,
        '--record',
        `_acme-challenge.www/TXT/of a script`,
        '--timeout',
        '1s',
      ),
    )
    const secondaries = [{state: 'served'}, {secondary: 'ns2', state: 'waiting'}]
    expect([code, json]).toMatchObject([1, {confirmed: false, secondaries}])
  })
})

// At the end, since the lab is worn down by it.
describe('an API call that waits', () => {
  test('is answered when the proxy stops, and while the broker is away', async () => {
    const [proxy, nats] = ['api-proxy', 'nats'].map((part) => system.lab.part(part))
    const stopped = await withoutOne(async () => {
      const call = client.setText(ZONE, NAME, 'stopping', 'all; timeout=5m')
      await eventually(async () => expect(await system.metric('api-proxy', 'pdist_proxy_waiting{')).toBe(1))
      await proxy?.stop()
      return call
    })
    await proxy?.start()
    expect(stopped).toEqual({status: 204, text: '', served: expect.stringMatching(/^[01]\/2; stopping$/)})
    expect((await client.setText(ZONE, NAME, 'back', 'all; timeout=1m')).served).toMatch(PROVED)
    await nats?.stop()
    const away = await client.setText(ZONE, NAME, 'away', 'all; timeout=300ms')
    await nats?.start()
    expect(away).toEqual({status: 204, text: '', served: '0/2; timeout'})
  })
})
