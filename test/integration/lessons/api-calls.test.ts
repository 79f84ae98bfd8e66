import {readFile} from 'node:fs/promises'
import {setTimeout as moment} from 'node:timers/promises'
import {connect} from 'node:tls'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {rrset, zonePath} from '../../support/api-client.js'
import {eventually} from '../../support/eventually.js'
import {sameEverywhere, settled, zonesOf} from '../../support/settled.js'
import {TestSystem} from '../../support/system.js'

const SERVER = '/api/v1/servers/localhost'

let system: TestSystem
beforeAll(async () => {
  system = await TestSystem.start()
})
afterAll(() => system?.stop())

test('what the primary took of a PATCH whose client left in the middle arrives everywhere', async () => {
  const zones = Array.from({length: 30}, (_, i) => `left-${i}.example.`)
  await Promise.all(zones.map((zone) => system.proxy.createZone(zone)))
  await settled(system)
  const before = await zonesOf(system.primary.api)
  for (const [i, zone] of zones.entries()) {
    await patchAndLeave(zone, i)
    // Else the next one would wait for its turn, and PowerDNS would never hear of it when its client leaves.
    await eventually(async () => expect(await system.metric('api-proxy', 'pdist_pending_intents')).toBe(0))
  }
  // All of them are over when what the clients left behind is in the log.
  await eventually(async () => {
    const left = (await system.log('api-proxy')).filter(({event}) => event === 'call.abandoned')
    expect(left.length).toBeGreaterThanOrEqual(10)
  })
  await settled(system)
  await sameEverywhere(system)
  const after = await zonesOf(system.primary.api)
  const taken = zones.filter((zone) => after[zone] !== before[zone])
  // Some left before the primary had the whole call, some after.
  expect(taken.length).toBeGreaterThan(5)
  expect(taken.length).toBeLessThan(zones.length)
  for (const zone of taken) {
    await system.everywhere(async (dns) => expect(await dns.txt(`www.${zone}`)).toHaveLength(100))
  }
})

test('a POST whose id is unlike its name creates the zone of the name', async () => {
  await system.proxy.createZone('name.example.', [], {id: 'id.example.'})
  await system.follows('name.example.')
  const verbs = (await system.log('api-proxy')).filter(({event}) => event === 'change.published')
  expect(verbs.map(({zone}) => zone)).toContain('name.example.')
  expect(verbs.map(({zone}) => zone)).not.toContain('id.example.')
})

test.for([5, null, ['a.example.'], {a: 1}, true])(
  'a name that is %j is the primary’s to refuse',
  async (name) => {
    const before = await published()
    const through = await system.proxy.send('POST', '/zones', {name, kind: 'Native'})
    const direct = await system.primary.api.send('POST', '/zones', {name, kind: 'Native'})
    expect(through.status).toBe(direct.status)
    expect(through.status).toBeGreaterThanOrEqual(400)
    expect(await published()).toBe(before)
  },
)

test('creating a zone that is there already publishes nothing', async () => {
  await system.proxy.createZone('twice.example.')
  const before = await published()
  const again = await system.proxy.send('POST', '/zones', {name: 'twice.example.', kind: 'Native'})
  expect(again.status).toBe(409)
  expect(await published()).toBe(before)
  await system.follows('twice.example.')
})

test('a zone with a slash in its name lives and dies by the path that PowerDNS gave it', async () => {
  const zone = '0/25.2.0.192.in-addr.arpa.'
  await system.proxy.createZone(zone, [rrset(`1.${zone}`, 'TXT', '"one"')])
  await system.everywhere(async (dns) => expect(await dns.txt(`1.${zone}`)).toEqual(['one']))
  expect(zonePath(zone)).toBe('/zones/0=2F25.2.0.192.in-addr.arpa.')
  await system.proxy.replace(zone, rrset(`1.${zone}`, 'TXT', '"two"'))
  await system.everywhere(async (dns) => expect(await dns.txt(`1.${zone}`)).toEqual(['two']))
  await system.proxy.deleteZone(zone)
  await system.gone(zone)
})

test('hostile requests hold up no change', async () => {
  const zone = 'meanwhile.example.'
  const pid = system.lab.part('api-proxy').pid
  await system.proxy.createZone(zone)
  const calls: Array<Promise<unknown>> = []
  for (let i = 0; i < 10; i++) {
    calls.push(...HOSTILE.map((bytes) => sendRaw(bytes)))
    await system.proxy.replace(zone, rrset(`www.${zone}`, 'TXT', `"${i}"`))
  }
  await Promise.all(calls)
  await system.everywhere(async (dns) => expect(await dns.txt(`www.${zone}`)).toEqual(['9']))
  expect(await system.metric('api-proxy', 'pdist_malformed_requests_total')).toBeGreaterThan(0)
  expect(system.lab.part('api-proxy').pid).toBe(pid)
  await sameEverywhere(system)
})

const HOSTILE = [
  'PATCH /api/v1/servers/localhost/zones/%zz%00 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}',
  'POST /api/v1/servers/localhost/zones HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n{"name":',
  'DELETE /api/v1/servers/localhost/zones/../../.. HTTP/1.1\r\nHost: x\r\n\r\n',
  'BREW /api/v1/servers/localhost/zones HTTP/1.1\r\nHost: x\r\n\r\n',
  'PUT /api/v1/servers/localhost/zones/a.example. HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
  `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  '\x16\x03\x01\x00\xff\xfe garbage\r\n\r\n',
]

async function published(): Promise<number> {
  return system.metric('api-proxy', 'pdist_changes_published_total')
}

/** Resolves when the proxy ended the connection, or the client after the first bytes of an answer. */
async function sendRaw(bytes: string): Promise<void> {
  const socket = await tls()
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
    socket.once('data', () => socket.destroy())
    socket.end(bytes, 'latin1')
  })
}

/** Leaves while the body is on its way (the first ten), or up to some milliseconds after its last byte. */
async function patchAndLeave(zone: string, turn: number): Promise<void> {
  const texts = Array.from({length: 100}, (_, n) => `"${n} of ${zone}"`)
  const change = {rrsets: [{...rrset(`www.${zone}`, 'TXT', ...texts), changetype: 'REPLACE'}]}
  const body = JSON.stringify(change)
  const head = [
    `PATCH ${SERVER}${zonePath(zone)} HTTP/1.1`,
    'Host: proxy',
    `X-API-Key: ${system.lab.endpoints.proxy.apiKey}`,
    `Content-Length: ${body.length}`,
  ]
  const call = `${head.join('\r\n')}\r\n\r\n${body}`
  const socket = await tls()
  await new Promise((sent) => socket.write(call.slice(0, turn < 10 ? -(turn * 500) - 1 : call.length), sent))
  await moment(Math.max(0, turn - 10) / 4)
  socket.destroy()
}

async function tls() {
  const {url, caFile} = system.lab.endpoints.proxy
  const {hostname: host, port} = new URL(url)
  const socket = connect({host, port: Number(port), ca: await readFile(caFile)})
  // A connection that the other side cut short is what these tests are about.
  socket.on('error', () => socket.destroy())
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  return socket
}
