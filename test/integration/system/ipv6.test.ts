import {afterAll, beforeAll, expect, test} from 'vitest'
import type {DoctorReport} from '../../../src/lib/doctor/examine.js'
import {pdist} from '../../support/pdist.js'
import {ipv4Sockets, isAlive} from '../../support/processes.js'
import {TestSystem} from '../../support/system.js'
import {liveAndDie} from '../../support/zone-life.js'

let system: TestSystem
beforeAll(async () => {
  system = await TestSystem.start({ipv6: true, tls: true, brokerNodes: 3})
})
afterAll(() => system?.stop())

test('on IPv6 alone, with TLS and roles and three brokers, a zone lives and dies everywhere, and no process has an IPv4 socket', async () => {
  const pids = system.lab.partNames.map((name) => system.lab.part(name).pid ?? 0)
  expect(pids).toHaveLength(11)
  expect(pids.every(isAlive)).toBe(true)
  expect(pids.flatMap(ipv4Sockets)).toEqual([])
  await liveAndDie(system, 'six.example.')
  // Also none of those that are opened when there is work to do.
  expect(pids.every(isAlive)).toBe(true)
  expect(pids.flatMap(ipv4Sockets)).toEqual([])
})

test('machines there find no problem, each with its own key, and the broker is as wanted', async () => {
  const {config, daemons} = system.lab.endpoints
  const some = daemons.filter(({name}) => name === 'zone-provider' || name === 'syncer-ns1')
  for (const file of [config, ...some.map(({configFile}) => configFile)]) {
    const {stdout} = await pdist(['doctor', '--json', '--config', file])
    const {checks} = JSON.parse(stdout) as DoctorReport
    expect(checks.filter(({result}) => result === 'problem')).toEqual([])
  }
  const {code, json} = await system.command('broker', 'check')
  expect({code, json}).toMatchObject({code: 0, json: {asWanted: true}})
})
