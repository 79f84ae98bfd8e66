import {createSocket} from 'node:dgram'
import {once} from 'node:events'
import {connect} from 'node:net'
import {headers as natsHeaders} from 'nats'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import {encodeQuery} from '../../../src/lib/dns/query.js'
import {rrset} from '../../support/api-client.js'
import {DnsServer} from '../../support/dns-server.js'
import {eventually} from '../../support/eventually.js'
import {openBroker, sameEverywhere} from '../../support/settled.js'
import {TestSystem} from '../../support/system.js'

let system: TestSystem
let pids: Array<number | undefined>
beforeAll(async () => {
  system = await TestSystem.start()
  pids = daemonPids()
})
afterAll(() => system?.stop())

test('odd queries to the port where a syncer serves transfers are answered, and nothing dies of them', async () => {
  const zone = 'odd.example.'
  await system.proxy.createZone(zone, [rrset(`sub.${zone}`, 'TXT', '"there"')])
  await system.follows(zone)
  const address = await transferAddress(zone)
  const dns = new DnsServer(address)
  try {
    expect((await dns.ask(zone, 'SOA')).answers).toHaveLength(1)
    for (const name of [`sub.${zone}`, `none.${zone}`, 'example.', '.', 'other.test.']) {
      expect({name, ...(await dns.ask(name, 'SOA'))}).toMatchObject({rcode: 'REFUSED', answers: []})
      await expect(dns.transfer(name)).rejects.toThrow()
    }
    for (const type of ['A', 'NS', 'DNSKEY', 'IXFR', 'AXFR'] as const) {
      expect((await dns.ask(zone, type)).rcode, type).not.toBe('NOERROR')
    }
  } finally {
    await dns.close()
  }
  for (const bytes of oddMessages(zone)) {
    await sendUdp(address, bytes)
    await sendTcp(address, bytes)
  }
  await change(zone, 'still at work')
  expect(daemonPids()).toEqual(pids)
})

test('malformed messages on every subject of the broker are counted, and hold up no change', async () => {
  const zone = 'amid.example.'
  await system.proxy.createZone(zone)
  const broker = await openBroker(system)
  try {
    for (const body of GARBAGE) {
      for (const subject of subjects(zone)) broker.nc.publish(subject, body, {reply: 'nobody'})
      await broker.nc.flush()
      await change(zone, `amid ${body.length}`)
    }
  } finally {
    await broker.close()
  }
  for (const daemon of ['zone-provider', 'syncer-ns1', 'syncer-ns2', 'health-checker']) {
    await eventually(async () =>
      expect(await system.metric(daemon, 'pdist_malformed_messages_total'), daemon).toBeGreaterThan(0),
    )
  }
  await sameEverywhere(system)
  expect(daemonPids()).toEqual(pids)
})

test('a zone whose state in the store was overwritten with garbage is right again after its next change', async () => {
  const zone = 'overwritten.example.'
  await system.proxy.createZone(zone)
  await system.follows(zone)
  const broker = await openBroker(system)
  try {
    for (const [i, body] of GARBAGE.entries()) {
      const headers = natsHeaders()
      headers.set('Pdist-Zone', '{"kind":"version"}')
      await broker.js.publish(`$KV.pdist-zones.overwritten.example`, body.subarray(0, 1000), {headers})
      await change(zone, `after garbage ${i}`)
    }
    await broker.js.publish(`$KV.pdist-zones.overwritten.example`, 'garbage without any header')
    await system.proxy.deleteZone(zone)
    await system.gone(zone)
  } finally {
    await broker.close()
  }
  expect(daemonPids()).toEqual(pids)
})

const GARBAGE = [
  Buffer.alloc(0),
  Buffer.from('null'),
  Buffer.from('{"zone":5}'),
  Buffer.from([0xff, 0xfe, 0, 1, 2, 3]),
  Buffer.from(`${'['.repeat(5_000)}${']'.repeat(5_000)}`),
  Buffer.alloc(300_000, '"'),
]

/** For zones that are there, for others, and for none. */
function subjects(zone: string): string[] {
  const key = zone.slice(0, -1)
  const keys = [
    key,
    'nowhere.example',
    '=ZZ',
    'a..b'.replace('..', '.=00.'),
    'UPPER.example',
    'a'.repeat(300),
  ]
  return keys.flatMap((each) => [
    `pdist.event.modified.${each}`,
    `pdist.event.bogus.${each}`,
    `pdist.receipt.ns1.${each}`,
    `pdist.provided.${each}`,
    'pdist.command.ns1',
    'pdist.command.ns2',
    `$KV.pdist-secondaries.${each}`,
    `$KV.pdist-leases.${each}`,
    ...(each === key ? [] : [`$KV.pdist-zones.${each}`]),
  ])
}

function oddMessages(zone: string): Uint8Array[] {
  const query = encodeQuery({id: 7, name: zoneName(zone), type: 6})
  const flags = (high: number) => {
    const other = Uint8Array.from(query)
    other[2] = high
    return other
  }
  const loop = Buffer.concat([query.subarray(0, 12), Buffer.from([0xc0, 12, 0, 6, 0, 1])])
  return [
    flags(0x80), // an answer
    flags(4 << 3), // NOTIFY
    flags(5 << 3), // UPDATE
    query.subarray(0, 20),
    query.subarray(0, 5),
    loop,
    Buffer.alloc(1),
    Buffer.alloc(512, 0xff),
    Buffer.from('GET / HTTP/1.0\r\n\r\n'),
  ]
}

async function change(zone: string, text: string): Promise<void> {
  await system.proxy.replace(zone, rrset(`www.${zone}`, 'TXT', `"${text}"`))
  await system.everywhere(async (dns) => expect(await dns.txt(`www.${zone}`)).toEqual([text]))
}

/** Where ns1 is told to transfer from. */
async function transferAddress(zone: string): Promise<{host: string; port: number}> {
  const [ns1] = system.secondaries
  if (!ns1) throw new Error('the lab has no secondary')
  const {masters} = (await ns1.api.call('GET', `/zones/${zone}`)) as {masters: string[]}
  const [host = '', port = ''] = masters[0]?.split(':') ?? []
  return {host, port: Number(port)}
}

function daemonPids(): Array<number | undefined> {
  return system.lab.endpoints.daemons.map(({name}) => system.lab.part(name).pid)
}

async function sendUdp({host, port}: {host: string; port: number}, bytes: Uint8Array): Promise<void> {
  const socket = createSocket('udp4')
  await new Promise((sent) => socket.send(bytes, port, host, sent))
  socket.close()
}

/** Resolves when the server has closed; it need not answer. */
async function sendTcp({host, port}: {host: string; port: number}, bytes: Uint8Array): Promise<void> {
  const socket = connect({host, port})
  socket.on('error', () => socket.destroy())
  const closed = once(socket, 'close')
  const framed = Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])
  socket.resume().end(framed)
  await closed
}
