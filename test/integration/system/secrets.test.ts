import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Broker} from '../../../src/lib/broker/connection.js'
import {rrset, zonePath} from '../../support/api-client.js'
import {newDnssecKey} from '../../support/dnssec-key.js'
import {filesBelow, type Places, PlantedSecrets} from '../../support/planted.js'
import {openBroker} from '../../support/settled.js'
import {TestSystem} from '../../support/system.js'
import {Wiretap} from '../../support/wiretap.js'

/** Whatever the search goes through, it has to find this, or it would find nothing at all. */
const MARK = 'that-this-can-be-found'
const SIGNED = 'signed.example.'
const IMPORTED = 'imported.example.'

let system: TestSystem
let broker: Broker
let wiretap: Wiretap

beforeAll(async () => {
  system = await TestSystem.start()
  broker = await openBroker(system)
  wiretap = new Wiretap(broker.nc)
  const debug = '[log]\nlevel = "debug"'
  await Promise.all(system.lab.endpoints.daemons.map(({name}) => system.reconfigure(name, debug)))
})
afterAll(async () => {
  wiretap?.close()
  await broker?.close()
  await system?.stop()
})

interface CryptoKey {
  id: number
  privatekey: string
}

describe('the private keys of signed zones', () => {
  const keys = new PlantedSecrets()

  test('are used, imported and read at the primary', async () => {
    const mark = (zone: string) => rrset(zone, 'TXT', JSON.stringify(MARK))
    await system.proxy.createZone(SIGNED, [mark(SIGNED)], {dnssec: true})
    const [own] = await keysOf(SIGNED)
    keys.addDnssecKey('own key', own?.privatekey ?? '')
    await system.proxy.createZone(IMPORTED, [mark(IMPORTED)])
    const imported = {keytype: 'csk', active: true, published: true, privatekey: newDnssecKey()}
    await system.proxy.call('POST', `${zonePath(IMPORTED)}/cryptokeys`, imported)
    const [stranger] = await keysOf(IMPORTED)
    expect(stranger?.privatekey).toContain('PrivateExponent')
    keys.addDnssecKey('imported key', stranger?.privatekey ?? '')
    for (const zone of [SIGNED, IMPORTED]) {
      const {signatures} = await system.copies(zone)
      expect(signatures).toBeTruthy()
    }
  })

  test('are where they have to be, so that the search is known to find them', async () => {
    const found = keys.found(await filesBelow(join(system.lab.endpoints.dir, 'primary'), () => true))
    expect(found.some((line) => line.startsWith('own key'))).toBe(true)
    expect(found.some((line) => line.startsWith('imported key'))).toBe(true)
  })

  test('do not cross the broker, and are not kept there', async () => {
    const crossed: Places = new Map([['what crossed the broker', wiretap.heard]])
    expect(crossed.values().some((content) => content.includes(MARK))).toBe(true)
    const kept = await filesBelow(join(system.lab.endpoints.dir, 'nats'), () => true)
    expect(kept.keys().some((path) => path.endsWith('.blk'))).toBe(true)
    expect(keys.found(new Map([...crossed, ...kept]))).toEqual([])
  })

  test('are on no secondary, and no daemon of the primary keeps or tells them', async () => {
    const isTheServer = (path: string) => path.startsWith('primary/')
    const files = await filesBelow(system.lab.endpoints.dir, (path) => !isTheServer(path))
    for (const name of ['ns1', 'ns2']) {
      const own = [...files].filter(([path]) => path.includes(`/${name}/`))
      expect(own.some(([, content]) => content.includes(MARK))).toBe(true)
    }
    expect(keys.found(new Map([...files, ...(await toldByApis())]))).toEqual([])
  })
})

async function keysOf(zone: string): Promise<CryptoKey[]> {
  const list = (await system.proxy.call('GET', `${zonePath(zone)}/cryptokeys`)) as CryptoKey[]
  const path = ({id}: CryptoKey) => `${zonePath(zone)}/cryptokeys/${id}`
  return (await Promise.all(list.map((key) => system.proxy.call('GET', path(key))))) as CryptoKey[]
}

/** Everything that the secondaries' APIs say of the zones. */
async function toldByApis(): Promise<Places> {
  const told: Places = new Map()
  for (const {name, api} of system.secondaries) {
    for (const zone of [SIGNED, IMPORTED]) {
      expect(await api.call('GET', `${zonePath(zone)}/cryptokeys`)).toEqual([])
      for (const of of ['', '/export', '/metadata', '/cryptokeys']) {
        const {text} = await api.send('GET', zonePath(zone) + of)
        told.set(`${name}: ${zone}${of}`, Buffer.from(text))
      }
    }
  }
  return told
}
