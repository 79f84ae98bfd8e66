import {appendFile} from 'node:fs/promises'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {rrset} from '../../support/api-client.js'
import {eventually} from '../../support/eventually.js'
import {TestSystem} from '../../support/system.js'

const WATCH = '[health_checker]\nconfirm_within = "2s"\ninactive_after = "3s"\nload_warning = 1000.0'
const BEAT = '[syncer]\nheartbeat = "300ms"\nload_warning = 1000.0\nmemory_warning = 0\ndisk_warning = 0'

let system: TestSystem
beforeAll(async () => {
  system = await TestSystem.start()
  await system.reconfigure('health-checker', WATCH)
  for (const {name} of system.secondaries) await system.reconfigure(`syncer-${name}`, BEAT)
  await appendFile(system.lab.endpoints.config, `\n${WATCH}\n`)
  await active('ns1', 1)
  await active('ns2', 1)
})
afterAll(() => system?.stop())

test('a secondary that falls silent is inactive for all to see, and active when it is heard again', async () => {
  const syncer = system.lab.part('syncer-ns1')
  await eventually(async () => expect(await system.command('health')).toMatchObject({code: 0}))
  syncer.signal('SIGSTOP')
  try {
    await active('ns1', 0)
    const {code, json} = await system.command('health')
    expect(code).toBe(2)
    expect(json).toMatchObject({
      state: 'critical',
      reasons: [expect.stringContaining('ns1 is silent')],
      secondaries: [
        {secondary: 'ns1', state: 'inactive'},
        {secondary: 'ns2', state: 'ok'},
      ],
    })
    // The others are not held up, and nobody waits for the silent one.
    await system.proxy.createZone('silent.example.')
    const push = await system.command('zone', 'push', 'silent.example.')
    expect(push).toMatchObject({code: 0, json: [{confirmed: true}]})
  } finally {
    syncer.signal('SIGCONT')
  }
  await active('ns1', 1)
  await system.follows('silent.example.')
  await eventually(async () => expect(await system.command('health')).toMatchObject({code: 0}))
  const told = (await system.log('health-checker')).filter(({secondary}) => secondary === 'ns1')
  expect(told.map(({event}) => event).slice(-2)).toEqual(['secondary.inactive', 'secondary.active'])
})

test('a zone that is not confirmed in time is sent again to that secondary, until it is', async () => {
  const zone = 'resent.example.'
  await system.proxy.createZone(zone)
  await system.follows(zone)
  const ns1 = system.lab.part('ns1')
  ns1.signal('SIGSTOP')
  try {
    await system.proxy.replace(zone, rrset(`www.${zone}`, 'TXT', '"late"'))
    await eventually(async () => {
      const resent = (await system.log('health-checker')).filter(({event}) => event === 'zone.resent')
      expect(resent.at(-1)).toMatchObject({secondary: 'ns1', zones: [zone]})
    })
    expect(await system.metric('health-checker', 'pdist_resends_total')).toBeGreaterThan(0)
    expect(await system.metric('health-checker', 'pdist_zones_unconfirmed')).toBe(1)
  } finally {
    ns1.signal('SIGCONT')
  }
  await system.everywhere(async (dns) => expect(await dns.txt(`www.${zone}`)).toEqual(['late']))
  await eventually(async () =>
    expect(await system.metric('health-checker', 'pdist_zones_unconfirmed')).toBe(0),
  )
})

async function active(secondary: string, value: 0 | 1): Promise<void> {
  const series = `pdist_secondary_active{secondary="${secondary}"`
  await eventually(async () => expect(await system.metric('health-checker', series)).toBe(value))
}
