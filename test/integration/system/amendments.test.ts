import {join} from 'node:path'
import {DatabaseSync} from 'node:sqlite'
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {type RRset, rrset} from '../../support/api-client.js'
import type {DnsServer} from '../../support/dns-server.js'
import {eventually} from '../../support/eventually.js'
import {RandomChanges} from '../../support/random-changes.js'
import {type TestServer, TestSystem} from '../../support/system.js'

const ZONE = 'amend.example.'
const LONG = 'long '.repeat(51)
const SEED = 1
const PER_ROUND = 25
const OUTCOMES = ['amended', 'created', 'unfit', 'refused', 'in-vain'] as const
const NONE = {amended: 0, created: 0, unfit: 0, refused: 0, 'in-vain': 0}
const TYPES = ['A', 'TXT', 'MX', 'NS', 'CNAME'] as const

let system: TestSystem
let ns1: TestServer
let ns2: TestServer
let tries = 0
/** Whether the last change was amended. */
let isWarm = false
let backend: 'gsqlite3' | 'lmdb'
beforeAll(() => begin('gsqlite3'))
afterAll(() => system?.stop())

async function begin(kind: typeof backend): Promise<void> {
  backend = kind
  system = await TestSystem.start({backend})
  ns1 = system.secondary('ns1')
  ns2 = system.secondary('ns2')
  await system.proxy.createZone(ZONE, hosts(60, 'host'), {
    nameservers: ['ns1.example.net.', 'ns2.example.net.'],
  })
  await system.copies(ZONE)
}

function of(owner: string, type: string, ...contents: string[]): RRset {
  return rrset(owner === '' ? ZONE : `${owner}.${ZONE}`, type, ...contents)
}

function hosts(count: number, name: string): RRset[] {
  return Array.from({length: count}, (_, i) => of(`${name}-${i}`, 'A', `192.0.${2 + (i >> 8)}.${i % 256}`))
}

async function outcomesAt(name: string): Promise<Record<string, number>> {
  const counts = OUTCOMES.map(async (outcome) => {
    const series = `pdist_amendments_total{outcome="${outcome}"`
    return [outcome, await system.metric(`syncer-${name}`, series)] as const
  })
  return Object.fromEntries(await Promise.all(counts))
}

/** How many more amendments of each outcome there were at ns1. */
async function amendmentsOf(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await outcomesAt('ns1')
  await work()
  const after = await outcomesAt('ns1')
  return Object.fromEntries(OUTCOMES.map((each) => [each, (after[each] ?? 0) - (before[each] ?? 0)]))
}

async function change(...rrsets: RRset[]): Promise<void> {
  await system.proxy.replace(ZONE, ...rrsets)
  await system.follows(ZONE)
}

/**
 * Makes small changes until one is amended at ns1. After a transfer it is the first, unless PowerDNS began that one twice: then a
 * second one may be under way for as long as another one of a later version has not shown that it is over.
 */
async function untilAmended(): Promise<void> {
  await eventually(async () => {
    const amendments = await amendmentsOf(() => change(of('until', 'TXT', `"${tries++}"`)))
    expect(amendments).toEqual({...NONE, amended: 1})
  })
}

/** Has a secondary transfer all of the zone, whatever it has. */
async function transferAt(name: string, zone = ZONE): Promise<void> {
  expect(await system.command('resync', name, '--zone', zone, '--force', '--timeout', '60s')).toMatchObject({
    code: 0,
  })
}

/** The zone's rows in a secondary's database, but for their numbers. */
function rowsAt(name: string, zone = ZONE): string[] {
  const file = join(system.lab.endpoints.dir, name, 'pdns.sqlite3')
  const database = new DatabaseSync(file, {readOnly: true, timeout: 5000})
  try {
    const rows = database
      .prepare(
        `select r.name, r.type, content, ttl, prio, disabled, ordername, auth from records r
          join domains d on d.id = domain_id where d.name = ?`,
      )
      .all(zone.slice(0, -1))
    return rows.map((row) => JSON.stringify(row)).sort()
  } finally {
    database.close()
  }
}

async function answersOf(dns: DnsServer, names: readonly string[]): Promise<string[]> {
  const answers: string[] = []
  for (const name of names)
    for (const type of TYPES) {
      const {rcode, authoritative, answers: found, authorities} = await dns.ask(name, type)
      const records = [...found, ...authorities].map((record) => JSON.stringify(record)).sort()
      answers.push(`${name} ${type} ${rcode} ${authoritative} ${records.join(' ')}`)
    }
  return answers
}

/** ns1, where all but a few changes were amendments, is as ns2 is that transferred everything just now. */
async function isAsTransferred(names: readonly string[]): Promise<void> {
  await system.copies(ZONE)
  await transferAt('ns2')
  expect(await outcomesAt('ns1')).toMatchObject({refused: 0, 'in-vain': 0})
  if (backend === 'gsqlite3') expect(rowsAt('ns1')).toEqual(rowsAt('ns2'))
  await eventually(async () =>
    expect(await answersOf(ns1.dns, names)).toEqual(await answersOf(ns2.dns, names)),
  )
}

const PLAIN = [
  of('plain', 'A', '192.0.2.1', '192.0.2.2'),
  of('plain', 'AAAA', '2001:db8::1'),
  of('plain', 'CAA', '0 issue "ca.example.net; policy=ev"'),
  of('plain', 'MX', '10 mail.example.net.', '20 Mail.Example.ORG.'),
  of('plain', 'NAPTR', '100 50 "s" "z3950" "" _z3950._tcp.Example.net.'),
  of('plain', 'PTR', 'Host.example.net.'),
  of('plain', 'SPF', '"v=spf1 -all"'),
  of('plain', 'SRV', '0 0 5060 Sip.example.net.', '1 2 5060 .'),
  of('plain', 'SSHFP', '1 1 2bb183af5f22588179a53b0a98631fad1a292118'),
  of('plain', 'TLSA', '3 1 1 92003ba34942dc74152e2f2c408d29eca5a520e7f2e06bb944f4dca346baf63c'),
  of('plain', 'TXT', '"one"', '"Two" "texts"', '"; a=b @ $"'),
]

test.each<[string, 'amended' | 'unfit' | 'transferred', ...RRset[]]>([
  ['a new name', 'amended', of('new', 'A', '192.0.2.1')],
  ['one more record', 'amended', of('new', 'A', '192.0.2.1', '192.0.2.2')],
  ['one record less', 'amended', of('new', 'A', '192.0.2.2')],
  ['another TTL', 'amended', {...of('new', 'A', '192.0.2.2'), ttl: 60}],
  ['one more type', 'amended', of('new', 'AAAA', '2001:db8::1')],
  [
    'an alias in the place of addresses',
    'amended',
    ...[of('new', 'A'), of('new', 'AAAA'), of('new', 'CNAME', 'Host-1.Example.NET.')],
  ],
  ['addresses in the place of an alias', 'amended', of('new', 'CNAME'), of('new', 'A', '192.0.2.1')],
  ['a name less', 'amended', of('new', 'A')],
  ['many new names', 'amended', ...hosts(40, 'more')],
  ['other name servers', 'amended', of('', 'NS', 'ns1.example.net.', 'NS3.Example.net.')],
  [
    'another SOA',
    'amended',
    of('', 'SOA', 'NS9.example.net. Hostmaster.example.net. 2099010101 7200 600 1209600 60'),
  ],
  ['records of the apex', 'amended', of('', 'MX', '0 .'), of('', 'TXT', '"apex"')],
  ['a wildcard', 'amended', of('*', 'TXT', '"whatever"')],
  ['a name with capital letters', 'amended', of('Big.HOST-1', 'MX', '10 Mail.Example.NET.')],
  ['every plain type', 'amended', ...PLAIN],
  ['none of them', 'amended', ...PLAIN.map(({name, type}) => rrset(name, type))],
  ['texts with nothing in them', 'amended', of('txt', 'TXT', '""', '"" "a"')],
  [
    'a text as long as may be, and many',
    'amended',
    of('txt', 'TXT', `"${LONG}"`, Array(200).fill(`"${LONG}"`).join(' ')),
  ],
  ['a text with quotes', 'unfit', of('txt', 'TXT', '"a \\"b\\" \\\\ \\000\\255;"')],
  ['a plain one in its place', 'amended', of('txt', 'TXT', '"a b"')],
  ['a name below one that is not there', 'transferred', of('leaf.empty', 'A', '192.0.2.1')],
  ['a change below an empty non-terminal', 'amended', of('leaf.empty', 'A', '192.0.2.2')],
  ['one more name there', 'transferred', of('*.empty', 'A', '192.0.2.1')],
  ['records where there were none', 'transferred', of('empty', 'TXT', '"not empty any more"')],
  ['one name less there', 'amended', of('*.empty', 'A')],
  ['and again one more', 'amended', of('other.empty', 'A', '192.0.2.9')],
  ['no records between names any more', 'transferred', of('empty', 'TXT')],
  ['a delegation', 'transferred', of('sub', 'NS', `ns.sub.${ZONE}`), of('ns.sub', 'A', '192.0.2.7')],
  ['another glue', 'transferred', of('ns.sub', 'A', '192.0.2.8')],
  ['a change beside a delegation', 'amended', of('beside', 'A', '192.0.2.8')],
  ['a delegation less', 'transferred', of('sub', 'NS')],
  [
    'a type that is more than its contents',
    'transferred',
    of('service', 'SVCB', '1 svc.example.net. port=443'),
  ],
  ['a change beside it', 'amended', of('service', 'A', '192.0.2.8')],
])('after %s the secondaries are as the primary: %s', async (_, outcome, ...rrsets) => {
  if (!isWarm) await untilAmended()
  isWarm = outcome === 'amended'
  const amendments = await amendmentsOf(async () => {
    await change(...rrsets)
    await system.copies(ZONE)
  })
  expect(amendments).toEqual(outcome === 'transferred' ? NONE : {...NONE, [outcome]: 1})
})

test('all of that is in the database, and in the answers, as if it had been transferred', async () => {
  const owners = [
    'new',
    'host-1',
    'more-1',
    'big.host-1',
    'any.thing',
    'txt',
    'empty',
    'any.empty',
    'leaf.empty',
    'sub',
    'ns.sub',
  ]
  await isAsTransferred([ZONE, ...owners.map((owner) => `${owner}.${ZONE}`)])
})

describe('a new zone', () => {
  const NEW = 'new.example.'
  const here = (...rrsets: RRset[]) => rrsets.map((each) => ({...each, name: each.name.replace(ZONE, NEW)}))

  test.each<[string, 'created' | 'transferred' | 'unfit', ...RRset[]]>([
    [
      'many types',
      'created',
      ...PLAIN,
      of('*', 'TXT', '"whatever"'),
      of('a.plain', 'CNAME', 'plain.example.'),
    ],
    ['many records', 'created', ...hosts(900, 'host')],
    ['more records than that', 'transferred', ...hosts(1000, 'host')],
    ['an empty non-terminal', 'transferred', of('leaf.empty', 'A', '192.0.2.1')],
    ['a delegation', 'transferred', of('sub', 'NS', `ns.sub.${ZONE}`), of('ns.sub', 'A', '192.0.2.7')],
    ['quotes in a text', 'unfit', of('txt', 'TXT', '"a \\"b\\""')],
  ])(
    'with %s is as the primary has it, and in the database as if it had been transferred',
    async (_, outcome, ...rrsets) => {
      const outcomes = await amendmentsOf(async () => {
        await system.proxy.createZone(NEW, here(...rrsets), {nameservers: ['ns1.example.net.']})
        await system.copies(NEW)
      })
      expect(outcomes).toEqual(outcome === 'transferred' ? NONE : {...NONE, [outcome]: 1})
      await transferAt('ns2', NEW)
      expect(rowsAt('ns1', NEW)).toEqual(rowsAt('ns2', NEW))
      await system.proxy.replace(NEW, rrset(`next.${NEW}`, 'A', '192.0.2.1'))
      await system.copies(NEW)
      await system.proxy.deleteZone(NEW)
      await system.gone(NEW)
    },
  )
})

test('names that the API does not take are transferred, and what is beside them is amended', async () => {
  await untilAmended()
  const name = `a\\.b\\000.${ZONE}`
  inDatabase(
    'primary',
    (id) => `insert into records (domain_id, name, type, content, ttl, auth)
    values (${id}, '${name.slice(0, -1)}', 'A', '192.0.2.1', 60, 1)`,
  )
  const outcomes = await amendmentsOf(() => change(of('beside', 'A', '192.0.2.10')))
  expect(outcomes).toEqual({...NONE, unfit: 1})
  await system.copies(ZONE)
  await untilAmended()
  await isAsTransferred([name, `beside.${ZONE}`])
})

function inDatabase(name: string, sql: (id: number) => string): void {
  const database = new DatabaseSync(join(system.lab.endpoints.dir, name, 'pdns.sqlite3'), {timeout: 5000})
  try {
    const row = database.prepare('select id from domains where name = ?').get(ZONE.slice(0, -1))
    database.exec(sql(Number(row?.id)))
  } finally {
    database.close()
  }
}

/** Changes of whatever kind, in rounds, after each of which ns1 is as if it had transferred all of them. */
async function changeAtRandom(rounds: number): Promise<void> {
  // What is there of these names would be in the way.
  await change(of('*', 'TXT'), of('ns.sub', 'A'))
  const random = new RandomChanges(ZONE, SEED)
  const amendments = await amendmentsOf(async () => {
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < PER_ROUND; i++) {
        const rrsets = random.next()
        if (rrsets.length > 0) await change(...rrsets)
      }
      await isAsTransferred(random.names)
    }
  })
  expect(amendments.amended).toBeGreaterThan(PER_ROUND * rounds * 0.3)
}

test('150 changes of whatever kind leave no trace of how they came', () => changeAtRandom(6))

test('a zone that is secured and unsecured is transferred for it, and amended before and after', async () => {
  const signed = await amendmentsOf(async () => {
    await system.proxy.putZone(ZONE, {dnssec: true})
    await system.follows(ZONE)
    await change(of('signed', 'TXT', '"signed"'))
    await system.copies(ZONE)
    await system.proxy.putZone(ZONE, {dnssec: false})
    await system.follows(ZONE)
  })
  expect(signed).toEqual(NONE)
  await untilAmended()
  await isAsTransferred([`signed.${ZONE}`])
})

test('a record that somebody edits at a secondary is put right by a forced resync, not by a change of another', async () => {
  inDatabase(
    'ns1',
    (id) =>
      `update records set content = '192.0.2.99' where name = 'host-1.${ZONE.slice(0, -1)}' and domain_id = ${id}`,
  )
  await untilAmended()
  expect(rowsAt('ns1').filter((row) => row.includes('192.0.2.99'))).toHaveLength(1)
  await transferAt('ns1')
  await system.copies(ZONE)
  await untilAmended()
  await isAsTransferred([`host-1.${ZONE}`])
})

test('a zone that somebody deletes at a secondary comes back with the next change, and is amended from then on', async () => {
  await ns1.api.deleteZone(ZONE)
  expect(await amendmentsOf(() => change(of('back', 'A', '192.0.2.1')))).toEqual(NONE)
  await system.copies(ZONE)
  await untilAmended()
  await isAsTransferred([`back.${ZONE}`])
})

test('a zone that is deleted and made anew at the primary is amended as the first one was', async () => {
  await untilAmended()
  await system.proxy.deleteZone(ZONE)
  await system.gone(ZONE)
  await system.proxy.createZone(ZONE, hosts(60, 'host'))
  await system.copies(ZONE)
  await untilAmended()
  await isAsTransferred([`until.${ZONE}`])
})

test('a syncer that was killed transfers the first change, and amends the next', async () => {
  await system.lab.part('syncer-ns1').kill()
  await system.proxy.replace(ZONE, of('killed', 'A', '192.0.2.1'))
  await system.follows(ZONE)
  await eventually(async () => expect(await outcomesAt('ns1')).toEqual(NONE))
  await untilAmended()
  await isAsTransferred([`killed.${ZONE}`])
})

test('a zone that somebody made his own is left alone, once it was seen', async () => {
  await system.reconfigure('syncer-ns1', '[syncer]\nlist_every = "300ms"')
  await system.follows(ZONE)
  await untilAmended()
  const rows = rowsAt('ns1')
  await ns1.api.putZone(ZONE, {kind: 'Native', masters: []})
  const isTold = async () =>
    expect(await system.log('syncer-ns1')).toContainEqual(
      expect.objectContaining({
        event: 'zone.not_served',
        zone: ZONE,
        error: expect.objectContaining({code: 'PDIST_FOREIGN_ZONE'}),
      }),
    )
  await eventually(isTold)
  const {amended} = await amendmentsOf(async () => {
    await system.proxy.replace(ZONE, of('native', 'A', '192.0.2.1'))
    await eventually(async () =>
      expect(await ns2.dns.ask(`native.${ZONE}`, 'A')).toMatchObject({rcode: 'NOERROR'}),
    )
    await sleep(1000)
  })
  expect(amended).toBe(0)
  expect(rowsAt('ns1')).toEqual(rows)
})

describe('with the LMDB backend', () => {
  beforeAll(async () => {
    await system.stop()
    await begin('lmdb')
  })

  test('50 changes of whatever kind are answered for as if they had been transferred', () =>
    changeAtRandom(2))
})
