import {execFile} from 'node:child_process'
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {DatabaseSync} from 'node:sqlite'
import {promisify} from 'node:util'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {rrset} from '../../support/api-client.js'
import {AskingClient} from '../../support/asking-client.js'
import {eventually} from '../../support/eventually.js'
import {sameEverywhere, settled, zonesOf} from '../../support/settled.js'
import {TestSystem} from '../../support/system.js'

const run = promisify(execFile)

interface Plan {
  id: string
  status: string
  reason: string
  kind: string
  count: number
  changes: Array<{zone: string}>
}

let system: TestSystem
beforeAll(async () => {
  system = await TestSystem.start()
  await system.reconfigure('zone-provider', '[zone_provider]\ncompare = "1s"')
  // Else the last zone's end would leave an empty listing, which proves nothing.
  await system.proxy.createZone('stays.example.')
})
afterAll(() => system?.stop())

/** As an administrator on the primary does it: no API call, no proxy. */
async function pdnsutil(...parameters: string[]): Promise<void> {
  await run('pdnsutil', [`--config-dir=${join(system.lab.endpoints.dir, 'primary')}`, ...parameters])
}

function onDatabase(work: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(join(system.lab.endpoints.dir, 'primary', 'pdns.sqlite3'))
  try {
    database.exec('PRAGMA busy_timeout=5000')
    work(database)
  } finally {
    database.close()
  }
}

function sql(statement: string, ...values: string[]): void {
  onDatabase((database) => database.prepare(statement).run(...values))
}

/** As a script with the wrong WHERE does it: at once, so that no comparison sees a part of it. */
function deleteBySql(...zones: string[]): void {
  onDatabase((database) => {
    database.exec('BEGIN IMMEDIATE')
    for (const zone of zones) {
      const name = zone.replace(/\.$/, '')
      for (const table of ['records', 'domainmetadata', 'cryptokeys', 'comments']) {
        const ofZone = 'domain_id IN (SELECT id FROM domains WHERE name = ?)'
        database.prepare(`DELETE FROM ${table} WHERE ${ofZone}`).run(name)
      }
      database.prepare('DELETE FROM domains WHERE name = ?').run(name)
    }
    database.exec('COMMIT')
  })
}

async function plans(): Promise<Plan[]> {
  return (await system.command('plan', 'list')).json as Plan[]
}

/** Why the health is critical, as far as plans are why: a busy machine may have other reasons. */
async function planReasons(): Promise<string[]> {
  const {reasons} = (await system.command('health')).json as {reasons: string[]}
  return reasons.filter((reason) => reason.startsWith('plan '))
}

async function heldPlan(kind: string): Promise<Plan> {
  return eventually(async () => {
    const [plan, ...others] = await plans()
    expect(plan).toMatchObject({kind, status: 'held'})
    expect(others).toEqual([])
    return plan as Plan
  })
}

/** Waits until a comparison that began after this moment has ended. */
async function comparedAgain(): Promise<void> {
  const series = 'pdist_primary_comparisons_total'
  const before = await system.metric('zone-provider', series)
  await eventually(async () =>
    expect(await system.metric('zone-provider', series)).toBeGreaterThanOrEqual(before + 2),
  )
}

async function servedEverywhere(zone: string): Promise<void> {
  await system.everywhere(async (dns) => expect((await dns.soa(zone, {keys: false})).state).toBe('served'))
}

describe('what pdnsutil does', () => {
  test('arrives everywhere: a new zone, a new record, the end of a zone', async () => {
    const zone = 'pdnsutil.example.'
    await pdnsutil('create-zone', zone, 'ns1.pdnsutil.example')
    await servedEverywhere(zone)
    await pdnsutil('add-record', zone, 'www', 'TXT', '"by hand"')
    await pdnsutil('increase-serial', zone)
    await system.everywhere(async (dns) => expect(await dns.txt(`www.${zone}`)).toEqual(['by hand']))
    await system.copies(zone)
    await pdnsutil('delete-zone', zone)
    await system.gone(zone)
  })

  test('arrives for a signed zone', async () => {
    const zone = 'signed.example.'
    await pdnsutil('create-zone', zone, 'ns1.signed.example')
    await pdnsutil('secure-zone', zone)
    await pdnsutil('increase-serial', zone)
    await system.everywhere(async (dns) => {
      const {answers} = await dns.ask(zone, 'SOA', {dnssec: true})
      expect(answers.map(({type}) => type).sort()).toEqual(['RRSIG', 'SOA'])
    })
    await pdnsutil('delete-zone', zone)
    await system.gone(zone)
  })
})

describe('30 of 40 zones deleted at once', () => {
  const zones = Array.from({length: 40}, (_, i) => `many${i}.example.`)
  const lost = zones.slice(0, 30)

  const create = async () => {
    await Promise.all(zones.map((zone) => system.proxy.createZone(zone, [])))
    await sameEverywhere(system)
    await settled(system)
  }

  test('are held until somebody approves, while the secondaries serve them', async () => {
    await create()
    deleteBySql(...lost)
    const plan = await heldPlan('deletions')
    expect(plan).toMatchObject({count: 30, reason: expect.stringMatching(/^would delete 30 of 41 zones/)})
    expect(plan.changes.map(({zone}) => zone).sort()).toEqual([...lost].sort())
    const reason = `plan ${plan.id} is held: ${plan.reason} (pdist plan show ${plan.id})`
    const reasons = expect.arrayContaining([reason])
    expect(await system.command('health')).toMatchObject({code: 2, json: {state: 'critical', reasons}})
    expect(await system.command('plan', 'show', plan.id)).toMatchObject({code: 0, json: {id: plan.id}})
    await comparedAgain()
    for (const zone of lost) await servedEverywhere(zone)
    expect((await plans()).map(({id, status}) => [id, status])).toEqual([[plan.id, 'held']])

    expect(await system.command('plan', 'approve', plan.id)).toMatchObject({json: {status: 'approved'}})
    for (const zone of lost) await system.gone(zone)
    await eventually(async () => expect(await plans()).toEqual([]))
    for (const zone of zones.slice(30)) await servedEverywhere(zone)
    expect(await planReasons()).toEqual([])
  })

  test('stay where that is rejected, but not those that are deleted through the API', async () => {
    await Promise.all(lost.map((zone) => system.proxy.createZone(zone, [])))
    await sameEverywhere(system)
    await settled(system)
    deleteBySql(...lost)
    const {id} = await heldPlan('deletions')
    expect(await system.command('plan', 'reject', id)).toMatchObject({json: {status: 'rejected'}})
    await comparedAgain()
    for (const zone of lost) await servedEverywhere(zone)
    expect((await plans()).map((plan) => [plan.id, plan.status])).toEqual([[id, 'rejected']])
    expect(await planReasons()).toEqual([])

    const [alive = ''] = zones.slice(30)
    await system.proxy.deleteZone(alive)
    await system.gone(alive)
    for (const zone of lost) await servedEverywhere(zone)

    // They come back: the plan is no longer found, and nobody has to decide anything.
    for (const zone of lost) await pdnsutil('create-zone', zone, `ns1.${zone}`)
    await eventually(async () => expect(await plans()).toEqual([]))
    await sameEverywhere(system)
  })

  test('a plan that there is not is told as such', async () => {
    for (const verb of ['show', 'approve', 'reject']) {
      await expect(system.command('plan', verb, '0123456789')).rejects.toThrow('PDIST_NO_SUCH_PLAN')
    }
  })
})

describe('a zone of 100 records cut to 10', () => {
  const records = (zone: string, count: number) =>
    Array.from({length: count}, (_, i) => rrset(`r${i}.${zone}`, 'TXT', `"${i}"`))

  test('without an API call is held, and goes on when it is approved', async () => {
    const zone = 'cut.example.'
    await system.proxy.createZone(zone, records(zone, 100))
    await system.copies(zone)
    await settled(system)
    sql("DELETE FROM records WHERE type = 'TXT' AND name LIKE 'r__.cut.example'")
    await pdnsutil('increase-serial', zone)
    const plan = await heldPlan('record loss')
    expect(plan.changes.map((change) => change.zone)).toEqual([zone])
    expect(await planReasons()).toHaveLength(1)
    await comparedAgain()
    await system.everywhere(async (dns) => expect(await dns.txt(`r99.${zone}`)).toEqual(['99']))
    await system.command('plan', 'approve', plan.id)
    await system.copies(zone)
    await system.everywhere(async (dns) => expect(await dns.txt(`r99.${zone}`)).toEqual([]))
    await eventually(async () => expect(await plans()).toEqual([]))
  })

  test('by API calls is not held', async () => {
    const zone = 'asked.example.'
    await system.proxy.createZone(zone, records(zone, 100))
    await system.copies(zone)
    const rrsets = records(zone, 90).map(({name, type}) => ({name, type, changetype: 'DELETE'}))
    await system.proxy.call('PATCH', `/zones/${zone}`, {rrsets})
    await system.copies(zone)
    await comparedAgain()
    await system.everywhere(async (dns) => expect(await dns.txt(`r0.${zone}`)).toEqual([]))
    expect(await plans()).toEqual([])
  })

  test('and held is settled by an API call', async () => {
    const zone = 'mended.example.'
    await system.proxy.createZone(zone, records(zone, 100))
    await system.copies(zone)
    await settled(system)
    sql("DELETE FROM records WHERE type = 'TXT' AND name LIKE 'r__.mended.example'")
    await pdnsutil('increase-serial', zone)
    await heldPlan('record loss')
    await system.proxy.replace(zone, rrset(`www.${zone}`, 'TXT', '"asked"'))
    await system.copies(zone)
    await eventually(async () => expect(await plans()).toEqual([]))
  })
})

describe('a zone store that is lost', () => {
  test('is built from the primary again, while the secondaries serve all the while', async () => {
    const zone = 'kept.example.'
    await system.proxy.createZone(zone, [rrset(`www.${zone}`, 'TXT', '"kept"')])
    await system.copies(zone)
    await settled(system)
    const present = Object.keys(await zonesOf(system.primary.api)).length
    expect(present).toBeGreaterThan(1)

    const clients = system.lab.endpoints.secondaries.map(({dns}) => new AskingClient(dns, `www.${zone}`))
    await eventually(() => expect(clients.map(({answers}) => answers.size)).toEqual([1, 1]))
    const nats = system.lab.part('nats')
    await nats.stop()
    await rm(join(system.lab.endpoints.dir, 'nats', 'jetstream'), {recursive: true})
    await nats.start()
    await eventually(async () => {
      const {json} = await system.command('health')
      expect(json).toMatchObject({zones: {present}, secondaries: [{pending: 0}, {pending: 0}]})
    })
    await Promise.all(clients.map((client) => client.end()))
    expect(clients.map(({answers}) => [...answers])).toEqual([['kept'], ['kept']])
    await sameEverywhere(system)
    await system.proxy.replace(zone, rrset(`www.${zone}`, 'TXT', '"and alive"'))
    await system.everywhere(async (dns) => expect(await dns.txt(`www.${zone}`)).toEqual(['and alive']))
  })
})
