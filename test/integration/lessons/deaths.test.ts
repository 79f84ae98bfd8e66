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

test('nothing is lost when daemons are killed, one after the other, in a stream of changes', async () => {
  const stream = new ZoneStream(system.proxy, 'deaths')
  for (const daemon of ['api-proxy', 'zone-provider', 'syncer-ns1', 'zone-provider', 'api-proxy']) {
    await goesOn(stream)
    const part = system.lab.part(daemon)
    const {pid} = part
    await part.kill()
    await eventually(() => expect(part.pid ?? pid).not.toBe(pid))
  }
  await goesOn(stream)
  await stream.end()
  // What a killed daemon had in hand, the broker hands out again after half a minute.
  await sameEverywhere(system)
})

test.for([{parts: ['syncer-ns1']}, {parts: ['ns1']}, {parts: ['syncer-ns1', 'ns1']}])(
  'what is done while $parts is down is right soon after it is back',
  async ({parts}) => {
    const {lab, proxy} = system
    const zone = (what: string) => `${what}.${parts.join('-')}.example.`
    const old = ['changed', 'deleted', 'deleted-too', 'again'].map(zone)
    for (const name of old) await proxy.createZone(name, [rrset(`www.${name}`, 'TXT', '"old"')])
    await sameEverywhere(system)

    const resends = await system.metric('health-checker', 'pdist_resends_total')
    for (const part of parts) await lab.part(part).stop()
    await proxy.createZone(zone('new'))
    await proxy.replace(zone('changed'), rrset(`www.${zone('changed')}`, 'TXT', '"new"'))
    for (const name of ['deleted', 'deleted-too', 'again'].map(zone)) await proxy.deleteZone(name)
    await proxy.createZone(zone('again'), [rrset(`www.${zone('again')}`, 'TXT', '"again"')])
    await proxy.createZone(zone('brief'))
    await proxy.deleteZone(zone('brief'))
    for (const part of parts.toReversed()) await lab.part(part).start()

    await sameEverywhere(system)
    await system.everywhere(async (dns) => expect(await dns.txt(`www.${zone('changed')}`)).toEqual(['new']))
    await system.everywhere(async (dns) => expect(await dns.txt(`www.${zone('again')}`)).toEqual(['again']))
    for (const name of ['deleted', 'deleted-too', 'brief'].map(zone)) await system.gone(name)
    // It caught up by itself.
    expect(await system.metric('health-checker', 'pdist_resends_total')).toBe(resends)
  },
)

async function goesOn(stream: ZoneStream): Promise<void> {
  const before = stream.created
  await eventually(() => expect(stream.created).toBeGreaterThan(before + 5))
}
