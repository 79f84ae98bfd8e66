import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {Amender} from '../../../src/daemons/syncer/amend.js'
import {creationOf, type Difference, differenceOf} from '../../../src/lib/dns/difference.js'
import {zoneName} from '../../../src/lib/dns/name.js'
import {silentLogger} from '../../../src/lib/logger.js'
import {PowerDnsClient} from '../../../src/lib/powerdns/client.js'
import {type FakeUpstream, isWhole, plainAnswer, startFakeUpstream} from '../../support/fake-upstream.js'
import {lastOf} from '../../support/steps.js'
import {recordsOfText, transferOfRecords} from '../../support/zone-text.js'

const never = new AbortController().signal
const [A, B] = [zoneName('a.test'), zoneName('b.test')]

/** What it answers to the calls of a method; 204 to others. */
const answers = new Map<string, string>()
const warnings: object[] = []
let fake: FakeUpstream
let client: PowerDnsClient
let amender: Amender
beforeEach(async () => {
  answers.clear()
  warnings.length = 0
  fake = await startFakeUpstream((socket, received, {requests}) => {
    if (!isWhole(received)) return
    requests.push(received)
    socket.end(answers.get(received.split(' ', 1)[0] ?? '') ?? plainAnswer(204, '', 'Connection: close\r\n'))
  })
  client = new PowerDnsClient({apiUrl: `http://127.0.0.1:${fake.port}`, apiKey: 'key', serverId: 'localhost'})
  amender = new Amender(client, [], {...silentLogger, warn: (what) => warnings.push(what)})
})
afterEach(async () => {
  client.close()
  await fake[Symbol.asyncDispose]()
})

function between(before: readonly string[], after: readonly string[]): Difference {
  const [former, latter] = [before, after].map((lines, serial) => {
    const soa = `a.test. 60 SOA ns.a.test. host.a.test. ${serial} 2 3 4 5`
    return transferOfRecords('a.test', recordsOfText([soa, ...lines].join('\n'))).messages
  })
  const difference = lastOf(differenceOf(A, former ?? [], latter ?? []))
  if (!difference) throw new Error('there is no difference')
  return difference
}

interface Change {
  name: string
  type: string
  changetype: string
}

/** Method and path of each call, and its body. */
function calls(): Array<[string, {rrsets?: Change[]}]> {
  return fake.requests.map((request) => {
    const [head = '', body = ''] = request.split('\r\n\r\n')
    return [head.split(' ', 2).join(' '), JSON.parse(body)]
  })
}

const NS = 'a.test. 60 NS ns.a.test.'
const PATH = '/api/v1/servers/localhost/zones/a.test.'

function contentsOf(lines: readonly string[]): Difference {
  const soa = 'a.test. 60 SOA ns.a.test. host.a.test. 1 2 3 4 5'
  const {messages} = transferOfRecords('a.test', recordsOfText([soa, ...lines].join('\n')))
  const contents = lastOf(creationOf(A, messages))
  if (!contents) throw new Error('this zone cannot be created so')
  return contents
}

describe('what creates zones in the local PowerDNS', () => {
  const MASTERS = ['[::1]:20102']
  const HOST = 'w.a.test. 60 A 192.0.2.1'
  const keyed = () => new Amender(client, ['key.'], silentLogger)

  it('says all of it in one call, and that serials are to stay, which is not said again with the first change', async () => {
    answers.set('POST', plainAnswer(201, '{}', 'Connection: close\r\n'))
    const creating = keyed()
    expect(await creating.createWith(A, MASTERS, contentsOf([NS, HOST]), never)).toBe('created')
    expect(await creating.amend(A, between([NS], [NS, HOST]), never)).toBe('amended')
    const [first, second] = calls()
    expect(first).toMatchObject([
      'POST /api/v1/servers/localhost/zones?rrsets=false',
      {
        name: A,
        kind: 'Slave',
        masters: MASTERS,
        slave_tsig_key_ids: ['key.'],
        soa_edit_api: '',
        api_rectify: false,
      },
    ])
    expect(first?.[1].rrsets).toMatchObject([
      {name: A, type: 'SOA', ttl: 60, records: [{content: 'ns.a.test. host.a.test. 1 2 3 4 5'}]},
      {name: A, type: 'NS', ttl: 60, records: [{content: 'ns.a.test.'}]},
      {name: 'w.a.test.', type: 'A', ttl: 60, records: [{content: '192.0.2.1', disabled: false}]},
    ])
    expect(second?.[0]).toBe(`PATCH ${PATH}`)
  })

  it('does not ask where something is in it that PowerDNS might read otherwise', async () => {
    const contents = contentsOf([NS, 'w.a.test. 60 TXT "a\\"b"'])
    expect(await amender.createWith(A, MASTERS, contents, never)).toBe('unfit')
    expect(fake.requests).toEqual([])
  })

  it.each([
    [409, 'found', []],
    [422, 'refused', [{event: 'zone.not_amended', zone: A, error: {status: 422}}]],
  ])('tells of the status %i that it is %s', async (status, outcome, told) => {
    answers.set('POST', plainAnswer(status, '{"error": "no"}', 'Connection: close\r\n'))
    expect(await amender.createWith(A, MASTERS, contentsOf([NS, HOST]), never)).toBe(outcome)
    expect(warnings).toMatchObject(told)
    expect(warnings).toHaveLength(told.length)
  })

  it('rejects where nobody knows what became of it', async () => {
    answers.set('POST', '')
    const created = amender.createWith(A, MASTERS, contentsOf([NS, HOST]), never)
    await expect(created).rejects.toMatchObject({code: 'PDIST_POWERDNS_UNAVAILABLE'})
  })
})

describe('what changes RRsets of the local PowerDNS', () => {
  it('says all of it in one call, what goes before what comes, and only once that serials are to stay', async () => {
    const changed = between(
      [NS, 'w.a.test. 60 A 192.0.2.1', 'w.a.test. 60 AAAA ::1'],
      [NS, 'w.a.test. 70 CNAME X.b.'],
    )
    expect(await amender.amend(A, changed, never)).toBe('amended')
    const [first, [call, {rrsets = []}] = ['', {}]] = calls()
    expect(first).toEqual([`PUT ${PATH}`, {soa_edit_api: '', api_rectify: false}])
    expect(call).toBe(`PATCH ${PATH}`)
    expect(rrsets.map(({changetype, name, type}) => `${changetype} ${name} ${type}`)).toEqual([
      ...['DELETE w.a.test. A', 'DELETE w.a.test. AAAA'],
      ...['REPLACE a.test. SOA', 'REPLACE w.a.test. CNAME'],
    ])
    expect(rrsets.slice(2)).toMatchObject([
      {ttl: 60, records: [{content: 'ns.a.test. host.a.test. 1 2 3 4 5', disabled: false}]},
      {ttl: 70, records: [{content: 'X.b.', disabled: false}]},
    ])
    await amender.amend(A, changed, never)
    expect(calls().map(([call]) => call.split(' ')[0])).toEqual(['PUT', 'PATCH', 'PATCH'])
    await amender.amend(B, changed, never)
    // It was transferred since, and may have been made anew for that.
    amender.forget(A)
    await amender.amend(A, changed, never)
    expect(
      calls()
        .map(([call]) => call.split(' ')[0])
        .slice(3),
    ).toEqual(['PUT', 'PATCH', 'PUT', 'PATCH'])
  })

  it.each([
    ['a quote in a text', 'w.a.test. 60 TXT "a\\"b"'],
    ['a backslash in a text', 'w.a.test. 60 TXT "a\\\\b"'],
    ['a byte in a text', 'w.a.test. 60 TXT "\\200"'],
    ['a dot in a label of a target', 'w.a.test. 60 CNAME a\\.b.test.'],
    ['a dot in a label of a name', 'a\\.b.a.test. 60 A 192.0.2.1'],
    ['a character in a name that PowerDNS does not take', 'a!b.a.test. 60 A 192.0.2.1'],
    ['a space in a name', 'a\\032b.a.test. 60 A 192.0.2.1'],
    ['an asterisk that is no wildcard', 'a*b.a.test. 60 A 192.0.2.1'],
    ['an asterisk below a name', 'a.*.a.test. 60 A 192.0.2.1'],
  ])('does not ask with %s', async (_, line) => {
    const above = '*.a.test. 60 A 192.0.2.1'
    expect(await amender.amend(A, between([NS, above], [NS, above, line]), never)).toBe('unfit')
    expect(fake.requests).toEqual([])
  })

  it('does not ask to delete a name that PowerDNS does not take', async () => {
    const changed = between([NS, 'a!b.a.test. 60 A 192.0.2.1'], [NS])
    expect(await amender.amend(A, changed, never)).toBe('unfit')
  })

  it.each(['*.a.test.', '_s._tcp.a.test.', '0/25.a.test.'])('asks with the name %s', async (name) => {
    const parent = '_tcp.a.test. 60 A 192.0.2.1'
    const changed = between([NS, parent], [NS, parent, `${name} 60 A 192.0.2.1`])
    expect(await amender.amend(A, changed, never)).toBe('amended')
  })

  it('says where PowerDNS refuses it, logs why, and begins anew the next time', async () => {
    const changed = between([NS], [NS, 'w.a.test. 60 A 192.0.2.1'])
    await amender.amend(A, changed, never)
    answers.set('PATCH', plainAnswer(422, '{"error": "not so"}', 'Connection: close\r\n'))
    expect(await amender.amend(A, changed, never)).toBe('refused')
    expect(warnings).toMatchObject([{event: 'zone.not_amended', zone: A, error: {status: 422}}])
    expect(warnings).toHaveLength(1)
    answers.delete('PATCH')
    expect(await amender.amend(A, changed, never)).toBe('amended')
    expect(calls().map(([call]) => call.split(' ')[0])).toEqual(['PUT', 'PATCH', 'PATCH', 'PUT', 'PATCH'])
  })

  it('says so, too, where it does not let serials stay, and changes nothing then', async () => {
    answers.set('PUT', plainAnswer(404, '{"error": "Not Found"}', 'Connection: close\r\n'))
    expect(await amender.amend(A, between([NS], [NS, 'w.a.test. 60 A 192.0.2.1']), never)).toBe('absent')
    expect(calls().map(([call]) => call.split(' ')[0])).toEqual(['PUT'])
  })

  it.each([
    ['fails', plainAnswer(500, '{"error": "broken"}', 'Connection: close\r\n'), 'PDIST_POWERDNS_REQUEST'],
    ['answers nothing', '', 'PDIST_POWERDNS_UNAVAILABLE'],
  ])('rejects where nobody knows what became of it, because PowerDNS %s', async (_, answer, code) => {
    answers.set('PATCH', answer)
    const amended = amender.amend(A, between([NS], [NS, 'w.a.test. 60 A 192.0.2.1']), never)
    await expect(amended).rejects.toMatchObject({code})
    expect(warnings).toEqual([])
  })
})
