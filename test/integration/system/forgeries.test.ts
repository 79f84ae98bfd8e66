import {readFile, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {Commands} from '../../../src/lib/broker/commands.js'
import type {Broker} from '../../../src/lib/broker/connection.js'
import {Control} from '../../../src/lib/broker/control.js'
import {Reports} from '../../../src/lib/broker/reports.js'
import {zoneName} from '../../../src/lib/dns/name.js'
import {signState, TrustedKeys} from '../../../src/lib/zone/signature.js'
import {generateSigningKey, readPrivateKey} from '../../../src/lib/zone/signing-key.js'
import {encodeState} from '../../../src/lib/zone/version.js'
import {rrset} from '../../support/api-client.js'
import {eventually} from '../../support/eventually.js'
import {openBroker} from '../../support/settled.js'
import {StoreAttacker, type StoredMessage} from '../../support/store-attacker.js'
import {TestSystem} from '../../support/system.js'

const ORPHANED = 'orphaned.example.'

/** Each zone is attacked in its own way, by somebody who may do anything with the broker. */
const ATTACKS: Readonly<Record<string, string>> = {
  'body.example.': 'PDIST_CORRUPT_SNAPSHOT',
  'header.example.': 'PDIST_FORGED',
  'other-zone.example.': 'PDIST_FORGED',
  'older.example.': 'PDIST_REPLAYED',
  'unsigned.example.': 'PDIST_UNSIGNED',
  'stranger.example.': 'PDIST_UNKNOWN_KEY',
  'deleted.example.': 'PDIST_FORGED',
  'deleted-again.example.': 'PDIST_REPLAYED',
  [ORPHANED]: 'PDIST_UNSIGNED',
}
const ZONES = Object.keys(ATTACKS)
const TOMBSTONE = {kind: 'tombstone', event: 1, at: 1}

let system: TestSystem
let broker: Broker
let attacker: StoreAttacker
/** By secondary and zone, the codes that were told. */
const told = new Map<string, Set<string>>()
const saved = new Map<string, StoredMessage>()

beforeAll(async () => {
  system = await TestSystem.start()
  const faster = '[syncer]\nheartbeat = "200ms"\nretry_max = "1s"'
  await Promise.all(system.secondaries.map(({name}) => system.reconfigure(`syncer-${name}`, faster)))
  broker = await openBroker(system)
  attacker = new StoreAttacker(broker)
  new Reports(broker).watchReceipts('>', {
    on: (receipt) => {
      const key = `${receipt.secondary} ${receipt.zone}`
      if (receipt.outcome === 'failed') told.set(key, (told.get(key) ?? new Set()).add(receipt.error.code))
    },
    onMalformed: () => undefined,
  })
})
afterAll(async () => {
  await broker?.close()
  await system?.stop()
})

test('what is served is signed by the zone-provider', async () => {
  await Promise.all(ZONES.map((zone) => system.proxy.createZone(zone, [text(zone, 'first')])))
  await Promise.all(ZONES.map((zone) => serves(zone, 'first')))
  for (const zone of ZONES) saved.set(zone, await attacker.read(zone))
  await system.proxy.deleteZone('deleted-again.example.')
  await system.gone('deleted-again.example.')
  const tombstone = await attacker.read('deleted-again.example.')
  await system.proxy.createZone('deleted-again.example.')
  await Promise.all(ZONES.map((zone) => system.proxy.replace(zone, text(zone, 'right'))))
  await Promise.all(ZONES.map((zone) => serves(zone, 'right')))
  saved.set('deleted-again.example.', tombstone)
  const keys = await trusted()
  for (const zone of ZONES) expect(keys.faultOf(await attacker.state(zone))).toBeUndefined()
  const {json} = await system.command('zone', 'show', 'body.example')
  expect(json).toMatchObject({stored: {signed: {key: keys.ids[0]}}})
})

test('nothing else that the broker may say of a zone is served, and each secondary tells why', async () => {
  // Else it would mend what it is told of before everybody has seen it.
  await system.lab.part('zone-provider').stop()
  await Promise.all(ZONES.filter((zone) => zone !== ORPHANED).map((zone) => attack(zone)))
  await refused(ZONES.filter((zone) => zone !== ORPHANED))
  // A purge makes nats-server 2.9 leave out what it has not delivered yet.
  await attack(ORPHANED)
  await refused([ORPHANED])
  await Promise.all(ZONES.map((zone) => serves(zone, 'right')))
  for (const {name} of system.secondaries)
    for (const reason of ['unsigned', 'forged', 'replayed', 'unknown-key'])
      expect(
        await system.metric(`syncer-${name}`, `pdist_versions_kept_out_total{reason="${reason}"`),
      ).toBeGreaterThan(0)
})

test('the zone-provider mends the store by itself, with what it signs anew', async () => {
  await system.lab.part('zone-provider').start()
  const keys = await trusted()
  await eventually(async () => {
    for (const zone of ZONES) {
      const state = await attacker.state(zone)
      expect({zone, kind: state.kind, fault: keys.faultOf(state)}).toEqual({
        zone,
        kind: 'version',
        fault: undefined,
      })
    }
  })
  await eventually(async () => {
    const {json} = await system.command('health')
    const {secondaries} = json as {secondaries: Array<{problems: unknown[]}>}
    expect(secondaries.map(({problems}) => problems)).toEqual([[], []])
  })
})

test('the next change of each zone is served', async () => {
  await Promise.all(ZONES.map((zone) => system.proxy.replace(zone, text(zone, 'next'))))
  await Promise.all(ZONES.map((zone) => serves(zone, 'next')))
  await Promise.all(ZONES.map((zone) => system.copies(zone)))
})

test('a secondary refuses what is older also after a restart, and after it lost its memory', async () => {
  const zones = ['older.example.', 'deleted-again.example.']
  const daemons = ['zone-provider', ...system.secondaries.map(({name}) => `syncer-${name}`)]
  await Promise.all(daemons.map((daemon) => system.lab.part(daemon).stop()))
  const memory = join(system.lab.endpoints.dir, 'syncer-ns2', 'accepted-ns2')
  expect(await readFile(memory, 'utf8')).toMatch(/^pdist accepted 1 \d+\n/)
  await rm(memory)
  told.clear()
  await Promise.all(zones.map((zone) => attack(zone)))
  await Promise.all(daemons.slice(1).map((daemon) => system.lab.part(daemon).start()))
  await refused(zones)
  await Promise.all(ZONES.map((zone) => serves(zone, 'next')))
  await system.lab.part('zone-provider').start()
  await Promise.all(zones.map((zone) => system.proxy.replace(zone, text(zone, 'last'))))
  await Promise.all(zones.map((zone) => serves(zone, 'last')))
})

async function attack(zone: string): Promise<void> {
  const now = await attacker.read(zone)
  const older = saved.get(zone) ?? now
  const unsigned = ({signed: _, ...header}: Record<string, unknown>) => header
  switch (zone) {
    case 'body.example.':
      // The header is right, so that it is taken for what is served already, until somebody wants it transferred again.
      await attacker.put(zone, {...now, body: older.body})
      for (const {name} of system.secondaries)
        await new Commands(broker).resync(name, [zoneName(zone)], {force: true})
      return
    case 'header.example.':
      return attacker.put(zone, {...now, header: {...now.header, expires: 4_000_000_000}})
    case 'other-zone.example.':
      return attacker.put(zone, await attacker.read('body.example.'))
    case 'unsigned.example.':
      return attacker.put(zone, {...older, header: unsigned(older.header)})
    case 'stranger.example.': {
      const state = signState(await attacker.state(zone), generateSigningKey(), Date.now() + 1_000)
      return attacker.put(zone, {...older, header: JSON.parse(encodeState(state))})
    }
    case 'deleted.example.':
      return attacker.put(zone, {header: {...TOMBSTONE, signed: now.header.signed}, body: Buffer.alloc(0)})
    case ORPHANED: {
      await attacker.erase(zone)
      const storeCreated = await new Control(broker).storeCreated()
      for (const {name} of system.secondaries)
        await new Commands(broker).removeOrphans(name, {zones: [zoneName(zone)], storeCreated})
      return
    }
    default:
      return attacker.put(zone, older)
  }
}

async function refused(zones: readonly string[]): Promise<void> {
  await eventually(() => {
    for (const zone of zones)
      for (const {name} of system.secondaries)
        expect([...(told.get(`${name} ${zone}`) ?? [])], `${name} ${zone}`).toContain(ATTACKS[zone])
  })
}

async function serves(zone: string, value: string): Promise<void> {
  await system.everywhere(async (dns) => expect(await dns.txt(`www.${zone}`)).toEqual([value]))
}

async function trusted(): Promise<TrustedKeys> {
  const pem = await readFile(join(system.lab.endpoints.dir, 'signing-key.pem'), 'utf8')
  return new TrustedKeys([readPrivateKey(pem)])
}

function text(zone: string, value: string) {
  return rrset(`www.${zone}`, 'TXT', `"${value}"`)
}
