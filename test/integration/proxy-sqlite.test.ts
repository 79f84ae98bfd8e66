import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, beforeEach, expect, it} from 'vitest'
import {type PowerDnsProcess, startPowerDns} from '../support/powerdns-process.js'
import {change, startProxy, type TestProxy} from '../support/proxy.js'

const ZONES = '/api/v1/servers/localhost/zones'
const CLIENTS = 16
let powerDns: PowerDnsProcess
let state: string

beforeAll(async () => {
  powerDns = await startPowerDns()
})
afterAll(() => powerDns.stop())
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'pdist-proxy-'))
})
afterEach(() => rm(state, {recursive: true, force: true}))

let zones = 0

/** A zone's whole life in 13 changes, one after the other; returns their statuses. */
async function live({call}: TestProxy): Promise<number[]> {
  const name = `zone-${zones++}.example.`
  const zone = `${ZONES}/${name}`
  const json = (value: object) => ({body: JSON.stringify(value)})
  const patch = (content: string) => () => call('PATCH', zone, {body: change(name, content)})
  const calls = [
    () => call('POST', ZONES, json({name, kind: 'Native', nameservers: ['ns.example.org.']})),
    ...['a', 'b', 'c', 'd'].map(patch),
    () => call('POST', `${zone}/cryptokeys`, json({keytype: 'csk', active: true})),
    () => call('PUT', `${zone}/metadata/X-A`, json({metadata: ['1']})),
    () => call('PUT', `${zone}/rectify`),
    () => call('PUT', `${zone}/notify`),
    ...['e', 'f', 'g'].map(patch),
    () => call('DELETE', zone),
  ]
  const statuses: number[] = []
  for (const each of calls) statuses.push((await each()).status)
  return statuses
}

/** What PowerDNS answered to some 200 changes of many zones by many clients. */
async function answersOf(changesAtOnce: number): Promise<number[]> {
  const {apiPort, apiKey} = powerDns
  await using via = await startProxy(apiPort, state, {apiKey, changesAtOnce})
  const statuses = await Promise.all(Array.from({length: CLIENTS}, () => live(via)))
  // An error of PowerDNS's own is published as well: part of the change may be there.
  expect(via.publisher.published).toHaveLength(
    statuses.flat().filter((status) => status < 300 || status >= 500).length,
  )
  return statuses.flat()
}

it('SQLite refuses no change of many clients when PowerDNS is given one at a time', async () => {
  const statuses = await answersOf(1)
  expect(statuses).toHaveLength(CLIENTS * 13)
  expect(new Set(statuses)).toEqual(new Set([200, 201, 204]))
})

it('and it does refuse some where they go as they come', async () => {
  const refused: number[] = []
  // Two to fifty of each 200; none at all in ten rounds would mean that nobody needs to wait for a turn.
  for (let round = 0; round < 10 && refused.length === 0; round++) {
    const statuses = await answersOf(Number.POSITIVE_INFINITY)
    refused.push(...statuses.filter((status) => status === 500))
  }
  expect(refused.length).toBeGreaterThan(0)
})
