import {setTimeout as moment} from 'node:timers/promises'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {rrset} from '../../support/api-client.js'
import {eventually} from '../../support/eventually.js'
import {sameEverywhere} from '../../support/settled.js'
import {TestSystem} from '../../support/system.js'
import {ZoneStream} from '../../support/zone-stream.js'

let system: TestSystem
beforeAll(async () => {
  system = await TestSystem.start()
})
afterAll(() => system?.stop())

test('changes before, during and right after a restart of the broker are answered, and none is lost', async () => {
  const nats = system.lab.part('nats')
  const zones = (when: string) => Array.from({length: 9}, (_, i) => `${when}-${i}.restart.example.`)
  const create = async (names: string[]) => {
    for (const zone of names) await system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"there"')])
  }
  await create(zones('before'))
  await nats.stop()
  await create(zones('while'))
  await nats.start()
  await create(zones('at-once'))
  await moment(200)
  await create(zones('after'))
  await sameEverywhere(system)
  for (const zone of ['before', 'while', 'at-once', 'after'].flatMap(zones)) {
    await system.everywhere(async (dns) => expect(await dns.txt(`www.${zone}`)).toEqual(['there']))
  }
})

test('nothing is lost when the broker is killed, and comes back with its store, in a stream of changes', async () => {
  const {pid} = system.lab.part('nats')
  const stream = new ZoneStream(system.proxy, 'killed')
  await eventually(() => expect(stream.created).toBeGreaterThan(20))
  await system.lab.part('nats').kill()
  const before = stream.created
  // Answered all the time, also without a broker.
  await eventually(() => expect(stream.created).toBeGreaterThan(before + 20))
  await eventually(() => expect(system.lab.part('nats').pid ?? pid).not.toBe(pid))
  const back = stream.created
  await eventually(() => expect(stream.created).toBeGreaterThan(back + 20))
  await stream.end()
  await sameEverywhere(system)
})

test('daemons that are there before the broker wait, say so, obey SIGTERM, and work when it comes', async () => {
  const {lab} = system
  const daemons = lab.endpoints.daemons.map(({name}) => name)
  await Promise.all(daemons.map((name) => lab.part(name).stop()))
  await lab.part('nats').stop()
  const told = await Promise.all(daemons.map((name) => waits(name, 'broker.waiting')))
  const early = daemons.map((name) => endOf(lab.part(name).start()))
  await Promise.all(told.map((isTold) => isTold()))
  expect(lab.part('nats').pid).toBeUndefined()
  await Promise.all(daemons.map((name) => lab.part(name).kill('SIGTERM')))
  for (const end of await Promise.all(early)) expect(end).toContain('ended before it was ready (exit code 0)')

  const waiting = await Promise.all(daemons.map((name) => waits(name, 'broker.waiting')))
  const ready = daemons.map((name) => lab.part(name).start())
  await Promise.all(waiting.map((isTold) => isTold()))
  await eventually(() => system.proxy.createZone('early.example.'))
  await lab.part('nats').start()
  await Promise.all(ready)
  await system.follows('early.example.')
  await sameEverywhere(system)
})

test('a syncer that is there before its PowerDNS waits, says so, obeys SIGTERM, and catches up', async () => {
  const {lab} = system
  await lab.part('syncer-ns1').stop()
  await lab.part('ns1').stop()
  await system.proxy.createZone('later.example.')
  const told = await waits('syncer-ns1', 'powerdns.waiting')
  const early = endOf(lab.part('syncer-ns1').start())
  await told()
  await lab.part('syncer-ns1').kill('SIGTERM')
  expect(await early).toContain('ended before it was ready (exit code 0)')

  const again = await waits('syncer-ns1', 'powerdns.waiting')
  const ready = lab.part('syncer-ns1').start()
  await again()
  await lab.part('ns1').start()
  await ready
  await system.follows('later.example.')
  await sameEverywhere(system)
})

/** Resolves to what waits until the part logs the event once more than by now. */
async function waits(part: string, event: string): Promise<() => Promise<void>> {
  const count = async () => (await system.log(part)).filter((line) => line.event === event).length
  const before = await count()
  return () => eventually(async () => expect(await count(), part).toBeGreaterThan(before))
}

async function endOf(start: Promise<void>): Promise<string> {
  return start.then(() => 'ready', String)
}
