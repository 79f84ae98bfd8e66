import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {type ZoneName, zoneName} from '../../src/lib/dns/name.js'
import {type SoaAnswer, soaAnswerOf} from '../../src/lib/dns/soa.js'
import type {Transfer} from '../../src/lib/dns/transfer.js'
import type {TsigAlgorithm, TsigKey} from '../../src/lib/dns/tsig-record.js'
import {fetchZone} from '../../src/lib/xfr/axfr-client.js'
import {TransferServer} from '../../src/lib/xfr/axfr-server.js'
import type {ServerAddress} from '../../src/lib/xfr/errors.js'
import {lookup} from '../../src/lib/xfr/lookup.js'
import {ServedState} from '../../src/lib/xfr/served-state.js'
import type {StoredTransfer, ZoneSource} from '../../src/lib/xfr/zone-source.js'
import {freePort, type PowerDnsProcess, startPowerDns} from '../support/powerdns-process.js'

const signal = new AbortController().signal
const limits = {bytes: 10 ** 9, records: 10 ** 7, idleMs: 10_000, totalMs: 60_000}
const patient = {timeout: 30_000, interval: 20}

interface Server {
  process: PowerDnsProcess
  dns: ServerAddress
  served: ServedState
  /** Calls the API; an answer that is no 2xx is an error. */
  api(method: string, path: string, body?: unknown): Promise<string>
}

async function start(settings: Record<string, string>): Promise<Server> {
  const dns = {host: '127.0.0.1', port: await freePort()}
  const process = await startPowerDns({
    'local-port': String(dns.port),
    'webserver-max-bodysize': '20',
    ...settings,
  })
  return {
    process,
    dns,
    served: new ServedState({server: dns}),
    async api(method, path, body) {
      const {status, text} = await process.api(method, `/api/v1/servers/localhost/${path}`, body)
      if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${text}`)
      return text
    },
  }
}

async function stop(server: Server | undefined): Promise<void> {
  await server?.served.close()
  await server?.process.stop()
}

interface ZoneOptions {
  hosts?: number
  dnssec?: boolean
  nsec3param?: string
  /** Of the SOA, in seconds. */
  refresh?: number
}

async function createZone({api}: Server, name: string, options: ZoneOptions = {}): Promise<ZoneName> {
  const {hosts = 5, refresh = 10_800, ...dnssec} = options
  const rrset = (owner: string, type: string, content: string) => ({
    name: owner,
    type,
    ttl: 3600,
    records: [{content, disabled: false}],
  })
  await api('POST', 'zones', {
    name,
    kind: 'Master',
    soa_edit_api: '',
    ...dnssec,
    rrsets: [
      rrset(name, 'SOA', `ns1.example.net. host.${name} 3000000000 ${refresh} 3600 604800 300`),
      rrset(name, 'NS', 'ns1.example.net.'),
      rrset(name, 'MX', '10 Mail.Example.net.'),
      rrset(`_sip._tcp.${name}`, 'SRV', '1 2 5060 ns1.example.net.'),
      rrset(`*.${name}`, 'TXT', `"${'long '.repeat(40)}"`),
      rrset(`sub.${name}`, 'NS', 'ns1.example.net.'),
      rrset(`ns1.sub.${name}`, 'A', '192.0.2.1'),
      ...Array.from({length: hosts}, (_, i) =>
        rrset(`host${i}.${name}`, 'A', `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`),
      ),
    ],
  })
  return zoneName(name)
}

function fetch(server: Server, zone: ZoneName, tsig?: TsigKey): Promise<Transfer> {
  return fetchZone({server: server.dns, zone, limits, signal, ...(tsig ? {tsig} : {})})
}

function fingerprintOf({soa, signatures, keySet}: Transfer) {
  return {state: 'served', serial: soa.serial, signatures, ...(keySet === undefined ? {} : {keySet})}
}

/** Serves the transfers that it is given, and counts. */
class Store implements ZoneSource {
  readonly transfers = new Map<ZoneName, Transfer>()
  readonly counts = {soa: 0, sent: 0, refused: 0}

  soa(zone: ZoneName): SoaAnswer | 'unknown' {
    this.counts.soa++
    const found = this.transfers.get(zone)
    return found ? soaAnswerOf(zone, found.messages, found.signatures.length) : 'unknown'
  }

  transfer(zone: ZoneName): StoredTransfer | 'unknown' {
    const found = this.transfers.get(zone)
    return found ? {messages: found.messages, tag: undefined} : 'unknown'
  }

  sent(): void {
    this.counts.sent++
  }
}

let primary: Server
let secondary: Server

beforeAll(async () => {
  // Without a zone cache, and with short cycles; the packet and query caches are PowerDNS's own defaults. A query in the moment
  // of a commit can put old metadata into its cache for a minute: the syncer removes it, here nobody does.
  const common = {'zone-cache-refresh-interval': '0', 'zone-metadata-cache-ttl': '0'}
  primary = await start(common)
  secondary = await start({...common, secondary: 'yes', 'xfr-cycle-interval': '1'})
})

afterAll(async () => {
  await stop(primary)
  await stop(secondary)
})

const kinds: Array<[string, ZoneOptions]> = [
  ['unsigned', {}],
  ['NSEC', {dnssec: true}],
  ['NSEC3', {dnssec: true, nsec3param: '1 0 0 -'}],
  ['NSEC3 with opt-out and salt', {dnssec: true, nsec3param: '1 1 2 ab'}],
]

describe('a transfer from a PowerDNS primary', () => {
  test.each(kinds)('%s is what the primary serves, and the same each time', async (kind, options) => {
    const zone = await createZone(primary, `from-${kind.split(' ').join('-').toLowerCase()}.test.`, {
      hosts: 300,
      ...options,
    })
    const transfers = []
    for (let i = 0; i < 6; i++) transfers.push(await fetch(primary, zone))
    const [first] = transfers
    if (!first) throw new Error('no transfer')
    expect(first).toMatchObject({zone, signed: options.dnssec === true, soa: {serial: 3_000_000_000}})
    expect(first.signatures).toHaveLength(options.dnssec ? 1 : 0)
    expect(new Set(transfers.map(({content}) => content)).size).toBe(1)
    expect(await primary.served.fingerprintOf(zone, signal, {keys: true})).toEqual(fingerprintOf(first))
  })

  test('of a changed zone has other contents', async () => {
    const zone = await createZone(primary, 'changing.test.', {dnssec: true})
    const before = await fetch(primary, zone)
    const rrset = {name: `host1.${zone}`, type: 'A', ttl: 3600, changetype: 'REPLACE'}
    await primary.api('PATCH', `zones/${zone}`, {
      rrsets: [{...rrset, records: [{content: '10.9.9.9', disabled: false}]}],
    })
    const after = await fetch(primary, zone)
    expect(after.content).not.toBe(before.content)
    expect(after.keySet).toBe(before.keySet)
  })

  test('of a zone that it does not have is refused', async () => {
    await expect(fetch(primary, zoneName('nothing.test'))).rejects.toMatchObject({
      code: 'PDIST_TRANSFER_REFUSED',
      rcode: 9,
    })
    expect(await primary.served.fingerprintOf(zoneName('nothing.test'), signal)).toEqual({
      state: 'not-served',
      rcode: 5,
    })
  })
})

describe('a primary that demands TSIG', () => {
  let guarded: Server
  let zone: ZoneName

  beforeAll(async () => {
    guarded = await start({'allow-axfr-ips': '192.0.2.1', 'zone-cache-refresh-interval': '0'})
    zone = await createZone(guarded, 'guarded.test.', {hosts: 500})
  })
  afterAll(() => stop(guarded))

  test('refuses a transfer without it', async () => {
    await expect(fetch(guarded, zone)).rejects.toMatchObject({
      code: 'PDIST_TRANSFER_REFUSED',
      hints: [expect.stringContaining('allow-axfr-ips'), expect.any(String)],
    })
  })

  test.each(['hmac-sha256', 'hmac-sha384', 'hmac-sha512'] as const)('gives it with %s', async (algorithm) => {
    const key = await addKey(guarded, algorithm)
    await guarded.api('PUT', `zones/${zone}`, {master_tsig_key_ids: [key.name]})
    expect(await fetch(guarded, zone, key)).toMatchObject({zone, records: 507})
    const wrong = {...key, secret: Buffer.from('guess')}
    await expect(fetch(guarded, zone, wrong)).rejects.toMatchObject({code: 'PDIST_TRANSFER_REFUSED'})
  })
})

async function addKey(server: Server, algorithm: TsigAlgorithm): Promise<TsigKey> {
  const secret = Buffer.from(`a secret for ${algorithm}`)
  const name = `key-${algorithm}`
  await server.api('POST', 'tsigkeys', {name, algorithm, key: secret.toString('base64')})
  return {name: zoneName(name), algorithm, secret}
}

describe('a PowerDNS secondary that transfers from us', () => {
  async function serve(store: Store, keys: TsigKey[] = []): Promise<AsyncDisposable & {masters: string[]}> {
    const server = new TransferServer({
      source: store,
      listen: [{host: '127.0.0.1', port: 0}],
      allow: ['127.0.0.1'],
      keys,
      observer: {
        onQuery(_kind, outcome) {
          if (outcome === 'refused') store.counts.refused++
        },
      },
    })
    await server.start()
    return {
      masters: server.addresses.map(({host, port}) => `${host}:${port}`),
      [Symbol.asyncDispose]: () => server.close(),
    }
  }

  async function createSecondary(zone: ZoneName, masters: string[]): Promise<void> {
    await secondary.api('POST', 'zones', {name: zone, kind: 'Slave', masters})
  }

  /** Makes the secondary transfer once; again only where it dropped the request, being busy with the zone still. */
  async function retrieve(zone: ZoneName, store: Store, wanted: Transfer): Promise<void> {
    store.transfers.set(zone, wanted)
    const {sent} = store.counts
    await expect
      .poll(async () => {
        if (store.counts.sent === sent) await secondary.api('PUT', `zones/${idOf(zone)}/axfr-retrieve`)
        // A query in the moment of the commit has PowerDNS cache that there is no such zone, for a minute.
        else await secondary.api('PUT', `cache/flush?domain=${encodeURIComponent(zone)}`)
        return secondary.served.fingerprintOf(zone, signal, {keys: true})
      }, patient)
      .toEqual(fingerprintOf(wanted))
  }

  test.each([...kinds, ['20,000 records', {hosts: 20_000}] as const])(
    '%s: serves the same, record for record',
    async (kind, options) => {
      const zone = await createZone(primary, `to-${kind.replace(/\W+/g, '-').toLowerCase()}.test.`, options)
      const wanted = await fetch(primary, zone)
      const store = new Store()
      await using at = await serve(store)
      await createSecondary(zone, at.masters)
      await retrieve(zone, store, wanted)
      const served = await fetch(secondary, zone)
      expect(served).toMatchObject({records: wanted.records, signatures: wanted.signatures})
      expect(served.content).toBe(wanted.content)
      expect(store.counts.sent).toBe(1)
    },
  )

  test.each(['0/25.2.0.192.in-addr.arpa.', '_msdcs.example.test.', 'xn--bcher-kva.test.'])(
    'a zone named %s',
    async (name) => {
      const zone = await createZone(primary, name)
      const wanted = await fetch(primary, zone)
      const store = new Store()
      await using at = await serve(store)
      await createSecondary(zone, at.masters)
      await retrieve(zone, store, wanted)
    },
  )

  test('follows a change of the keys and of NSEC3', async () => {
    const zone = await createZone(primary, 'keys.test.', {dnssec: true, nsec3param: '1 0 0 -'})
    const store = new Store()
    await using at = await serve(store)
    const wanted = await fetch(primary, zone)
    await createSecondary(zone, at.masters)
    await retrieve(zone, store, wanted)
    const keySets = new Set([wanted.keySet])
    const changes: Array<() => Promise<string>> = [
      () => primary.api('PUT', `zones/${zone}`, {nsec3param: '1 0 3 abcd'}),
      () =>
        primary.api('POST', `zones/${zone}/cryptokeys`, {
          keytype: 'zsk',
          active: false,
          algorithm: 'ecdsap256sha256',
        }),
      () => primary.api('PUT', `zones/${zone}`, {nsec3param: ''}),
    ]
    for (const change of changes) {
      await change()
      const changed = await fetch(primary, zone)
      keySets.add(changed.keySet)
      await retrieve(zone, store, changed)
    }
    expect(keySets.size).toBe(4)
  })

  test('signs its query where we demand it, and checks our answer', async () => {
    const zone = await createZone(primary, 'signed-transfer.test.', {hosts: 2000})
    const key = await addKey(secondary, 'hmac-sha256')
    const wanted = await fetch(primary, zone)
    const store = new Store()
    await using at = await serve(store, [key])
    await createSecondary(zone, at.masters)
    await secondary.api('PUT', `zones/${zone}/axfr-retrieve`)
    await expect.poll(() => store.counts.refused, patient).toBe(1)
    await secondary.api('PUT', `zones/${zone}`, {slave_tsig_key_ids: [`${key.name}`]})
    await retrieve(zone, store, wanted)
  })

  test.each([true, false])(
    'asks for our SOA and sees that its zone is fresh (signed: %s)',
    async (dnssec) => {
      const zone = await createZone(primary, `fresh-${dnssec}.test.`, {dnssec, refresh: 1})
      const wanted = await fetch(primary, zone)
      const store = new Store()
      await using at = await serve(store)
      await createSecondary(zone, at.masters)
      await retrieve(zone, store, wanted)
      const {soa: before} = store.counts
      await expect.poll(() => store.counts.soa, patient).toBeGreaterThanOrEqual(before + 2)
      expect(store.counts.sent).toBe(1)
      // Other dates of the signature, same serial: that is a change, and a transfer. It shows that the check above can fail.
      if (!dnssec) return
      store.soa = () => {
        const answer = soaAnswerOf(zone, wanted.messages, 1)
        return {
          ...answer,
          signatures: answer.signatures.map(({ttl, rdata}) => ({ttl, rdata: laterInception(rdata)})),
        }
      }
      await expect.poll(() => store.counts.sent, patient).toBeGreaterThanOrEqual(2)
    },
  )
})

/** RFC 4034 §3.1: the inception is at 12. */
function laterInception(rdata: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(rdata)
  copy[15] = (copy[15] ?? 0) ^ 1
  return copy
}

function idOf(zone: ZoneName): string {
  return zone.replace(/[^A-Za-z0-9.-]/g, (char) => `=${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

describe('what a PowerDNS serves', () => {
  async function counter(name: string): Promise<number> {
    const [statistic] = JSON.parse(await primary.api('GET', `statistics?statistic=${name}`)) as Array<{
      value: string
    }>
    return Number(statistic?.value)
  }

  test('is not read from its packet cache, because the query has NSID', async () => {
    const zone = await createZone(primary, 'cached.test.')
    const ask = () => lookup({server: primary.dns, name: zone, type: 'SOA', dnssec: true, signal})
    await ask()
    const [hits, misses] = [await counter('packetcache-hit'), await counter('packetcache-miss')]
    for (let i = 0; i < 5; i++) await primary.served.fingerprintOf(zone, signal, {keys: true})
    expect([await counter('packetcache-hit'), await counter('packetcache-miss')]).toEqual([hits, misses])
    expect((await ask()).rcode).toBe('NOERROR')
    expect(await counter('packetcache-hit')).toBe(hits + 1)
  })

  test('is nothing for a name inside a zone, or above one', async () => {
    const zone = await createZone(primary, 'inside.outside.test.')
    for (const [name, rcode] of [
      [`host1.${zone}`, 0],
      ['outside.test', 5],
    ] as const) {
      const found = await primary.served.fingerprintOf(zoneName(name), signal, {keys: true})
      expect([name, found]).toEqual([name, {state: 'not-served', rcode}])
    }
  })
})
