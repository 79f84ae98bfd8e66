import {afterAll, beforeAll, expect, test} from 'vitest'
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
