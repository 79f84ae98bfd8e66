import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {creationOf, type Difference, differenceOf} from '../../../src/lib/dns/difference.js'
import {zoneName} from '../../../src/lib/dns/name.js'
import {typeName} from '../../../src/lib/dns/types.js'
import {MalformedMessageError, Type} from '../../../src/lib/dns/wire.js'
import {SecondaryRows, wiresOf} from '../../support/secondary-rows.js'
import {lastOf} from '../../support/steps.js'
import {recordsOfText, type TextRecord, transferOfRecords} from '../../support/zone-text.js'
import {a, message, record, soa, wire, ZONE} from './messages.js'

const APEX = zoneName('example.test')

function soaOf(serial: number): string {
  return `example.test. 3600 SOA ns.example.test. host.example.test. ${serial} 10800 3600 604800 300`
}

function messagesOf(serial: number, lines: readonly string[], perMessage = 10): Uint8Array[] {
  const records = recordsOfText([soaOf(serial), ...lines].join('\n'))
  return transferOfRecords(APEX, records, {perMessage}).messages
}

/** From serial 1 to serial 2. */
function between(before: readonly string[], after: readonly string[]): Difference | undefined {
  return lastOf(differenceOf(APEX, messagesOf(1, before), messagesOf(2, after)))
}

/** The records of the RRsets that changed as they are now, and the names and types of those that are gone; without the SOA. */
function changesIn(difference: Difference | undefined): {now: string[]; gone: string[]} {
  const others = (difference ?? []).filter(({type}) => type !== Type.SOA)
  return {
    now: hex(others.flatMap(wiresOf)),
    gone: others
      .filter(({rdatas}) => rdatas.length === 0)
      .map(({name, type}) => `${name} ${typeName(type)}`)
      .sort(),
  }
}

function hex(records: readonly Uint8Array[]): string[] {
  return records.map((each) => Buffer.from(each).toString('hex')).sort()
}

function wires(lines: readonly string[]): string[] {
  return hex(recordsOfText(lines.join('\n')).map((each: TextRecord) => each.wire))
}

const NS = 'example.test. 300 NS ns.example.net.'
const WWW = 'www.example.test. 300 A 192.0.2.1'
const OTHER = 'www.example.test. 300 A 192.0.2.2'
const TEXT = 'www.example.test. 300 TXT "a b"'
const NEW = 'new.example.test. 300 A 192.0.2.5'
const DEEP = 'x.y.example.test. 300 A 192.0.2.3'
const DELEGATION = ['sub.example.test. 300 NS ns.sub.example.test.', 'ns.sub.example.test. 300 A 192.0.2.9']
const BASE = [NS, WWW]

describe('the difference between two versions', () => {
  test.each<[string, string[], string[], string[], string[]]>([
    ['nothing but the serial', BASE, BASE, [], []],
    ['an RRset that is replaced', BASE, [NS, OTHER], [OTHER], []],
    ['the whole RRset to which a record is added', BASE, [...BASE, OTHER], [WWW, OTHER], []],
    ['the whole RRset that a record leaves', [...BASE, OTHER], [NS, OTHER], [OTHER], []],
    ['an RRset that is added to a name', BASE, [...BASE, TEXT], [TEXT], []],
    ['an RRset that leaves its name', [...BASE, TEXT], BASE, [], ['www.example.test. TXT']],
    [
      'a name whose only RRset becomes one of another type',
      BASE,
      [NS, 'www.example.test. 300 CNAME a.example.net.'],
      ['www.example.test. 300 CNAME a.example.net.'],
      ['www.example.test. A'],
    ],
    [
      'the TTL alone',
      BASE,
      [NS, 'www.example.test. 60 A 192.0.2.1'],
      ['www.example.test. 60 A 192.0.2.1'],
      [],
    ],
    [
      'letters in rdata alone',
      [NS, 'www.example.test. 300 CNAME a.example.net.'],
      [NS, 'www.example.test. 300 CNAME A.example.net.'],
      ['www.example.test. 300 CNAME A.example.net.'],
      [],
    ],
    ['no owner whose letters alone change', BASE, [NS, WWW.replace('www', 'WWW')], [], []],
    [
      'an owner that is written with capital letters',
      [NS, WWW.replace('www', 'WWW')],
      [NS, OTHER.replace('www', 'wWw')],
      [OTHER],
      [],
    ],
    ['a record that was there twice and goes', [...BASE, WWW], [NS], [], ['www.example.test. A']],
    ['a record that was there twice and stays once', [...BASE, WWW], BASE, [WWW], []],
    [
      'an RRset that had several TTLs',
      [...BASE, 'www.example.test. 60 A 192.0.2.2'],
      [...BASE, OTHER],
      [WWW, OTHER],
      [],
    ],
    ['NS records at the apex', BASE, [NS.replace('ns.', 'ns2.'), WWW], [NS.replace('ns.', 'ns2.')], []],
    ['a new name below the apex', BASE, [...BASE, NEW], [NEW], []],
    [
      'a new name, the one above it being there',
      BASE,
      [...BASE, 'new.www.example.test. 300 A 192.0.2.5'],
      ['new.www.example.test. 300 A 192.0.2.5'],
      [],
    ],
    ['a new wildcard', BASE, [...BASE, '*.example.test. 300 TXT "w"'], ['*.example.test. 300 TXT "w"'], []],
    ['a name that is removed', BASE, [NS], [], ['www.example.test. A']],
    [
      'a name that is removed below one that stays',
      [...BASE, 'new.www.example.test. 300 A 192.0.2.5'],
      BASE,
      [],
      ['new.www.example.test. A'],
    ],
    [
      'a name with names below it that changes but stays',
      [...BASE, 'new.www.example.test. 300 A 192.0.2.5'],
      [NS, OTHER, 'new.www.example.test. 300 A 192.0.2.5'],
      [OTHER],
      [],
    ],
    [
      'an RRset below an empty non-terminal that stays one',
      [...BASE, DEEP],
      [...BASE, DEEP.replace('2.3', '2.4')],
      [DEEP.replace('2.3', '2.4')],
      [],
    ],
    ['a change beside a delegation', [...BASE, ...DELEGATION], [NS, OTHER, ...DELEGATION], [OTHER], []],
    [
      'a change beside records of types that are not plain',
      [...BASE, 'www.example.test. 300 SVCB 0 a.example.net.', 'd.example.test. 300 DNAME a.example.net.'],
      [NS, OTHER, 'www.example.test. 300 SVCB 0 a.example.net.', 'd.example.test. 300 DNAME a.example.net.'],
      [OTHER],
      [],
    ],
    [
      'names with bytes that other names are taken apart at',
      [NS, 'a\\000b.example.test. 300 A 192.0.2.1', 'b.example.test. 300 A 192.0.2.1'],
      [NS, 'a\\000b.example.test. 300 A 192.0.2.2', 'b.example.test. 300 A 192.0.2.1'],
      ['a\\000b.example.test. 300 A 192.0.2.2'],
      [],
    ],
    [
      'a name that only looks as if it were below a delegation',
      [...BASE, ...DELEGATION, 'xsub.example.test. 300 A 192.0.2.1', 'x\\.sub.example.test. 300 A 192.0.2.1'],
      [...BASE, ...DELEGATION, 'xsub.example.test. 300 A 192.0.2.2', 'x\\.sub.example.test. 300 A 192.0.2.2'],
      ['xsub.example.test. 300 A 192.0.2.2', 'x\\.sub.example.test. 300 A 192.0.2.2'],
      [],
    ],
  ])('is %s', (_, before, after, now, gone) => {
    const found = between(before, after)
    expect(changesIn(found)).toEqual({now: wires(now), gone})
    const soa = (found ?? []).filter(({type}) => type === Type.SOA)
    expect(hex(soa.flatMap(wiresOf))).toEqual(wires([soaOf(2)]))
  })

  const plain = ['A 192.0.2.7', 'AAAA 2001:db8::7', 'CNAME a.example.net.', 'PTR a.example.net.']
  const withNumbers = [
    'MX 10 A.example.net.',
    'SRV 1 2 3 A.example.net.',
    'SSHFP 1 1 2bb183af',
    'TLSA 3 1 1 92003b',
  ]
  const texts = ['TXT "a\\"b\\\\\\000" ""', 'SPF "v=spf1 -all"', 'CAA 0 issue "a.example.net"']
  const naptr = 'NAPTR 100 50 "s" "z3950" "!^(.*)$!\\\\2!i" _z3950._tcp.example.net.'
  test.each([...plain, ...withNumbers, ...texts, naptr])('has a new %s', (rdata) => {
    const line = `new.example.test. 300 ${rdata}`
    expect(changesIn(between(BASE, [...BASE, line]))).toEqual({now: wires([line]), gone: []})
    const gone = [`new.example.test. ${rdata.split(' ')[0]}`]
    expect(changesIn(between([...BASE, line], BASE))).toEqual({now: [], gone})
  })

  test.each<[string, string[], string[]]>([
    ['a new name makes an empty non-terminal', BASE, [...BASE, DEEP]],
    ['a name is removed that leaves an empty non-terminal without names below it', [...BASE, DEEP], BASE],
    ['a name comes below an empty non-terminal', [...BASE, DEEP], [...BASE, DEEP, DEEP.replace('x.', 'z.')]],
    ['a name was an empty non-terminal', [...BASE, DEEP], [...BASE, DEEP, 'y.example.test. 300 A 192.0.2.4']],
    [
      'a name becomes an empty non-terminal',
      [...BASE, DEEP, 'y.example.test. 300 A 192.0.2.4'],
      [...BASE, DEEP],
    ],
    [
      'one empty non-terminal takes the place of another',
      [...BASE, DEEP],
      [...BASE, DEEP.replace('y.', 'z.')],
    ],
    [
      'a wildcard makes an empty non-terminal',
      BASE,
      [...BASE, '*.a.example.test. 300 TXT "below one that is not there"'],
    ],
    ['NS records come below the apex', BASE, [...BASE, 'www.example.test. 300 NS ns.example.net.']],
    ['a delegation comes', BASE, [...BASE, DELEGATION[0] ?? '']],
    ['a delegation goes', [...BASE, ...DELEGATION], [...BASE, DELEGATION[1] ?? '']],
    [
      'a delegation changes',
      [...BASE, ...DELEGATION],
      [...BASE, ...DELEGATION, 'sub.example.test. 300 NS ns.example.net.'],
    ],
    [
      'what is at a delegation changes',
      [...BASE, ...DELEGATION],
      [...BASE, ...DELEGATION, 'sub.example.test. 300 A 192.0.2.8'],
    ],
    [
      'what is below a delegation changes',
      [...BASE, ...DELEGATION],
      [...BASE, ...DELEGATION, 'ns.sub.example.test. 300 A 192.0.2.8'],
    ],
    [
      'what is deep below a delegation changes',
      [...BASE, ...DELEGATION, 'a.b.sub.example.test. 300 A 192.0.2.7'],
      [...BASE, ...DELEGATION, 'a.b.sub.example.test. 300 A 192.0.2.8'],
    ],
    [
      'an upper-case delegation has a lower-case name below it that changes',
      [...BASE, 'SUB.example.test. 300 NS ns.example.net.', 'ns.sub.example.test. 300 A 192.0.2.9'],
      [...BASE, 'SUB.example.test. 300 NS ns.example.net.', 'ns.sub.example.test. 300 A 192.0.2.8'],
    ],
    ['a record is there twice', BASE, [...BASE, WWW]],
    [
      'a record is there twice but for its letters',
      [NS, 'www.example.test. 300 MX 1 a.example.net.'],
      [NS, 'www.example.test. 300 MX 1 a.example.net.', 'www.example.test. 300 MX 1 A.example.net.'],
    ],
    ['an RRset has two TTLs', BASE, [...BASE, 'www.example.test. 60 A 192.0.2.2']],
    ['a record is there with two TTLs', BASE, [...BASE, 'www.example.test. 60 A 192.0.2.1']],
    ['a record is not in the zone', BASE, [...BASE, 'www.example.net. 60 A 192.0.2.1']],
  ])('is not to be had where %s', (_, before, after) => {
    expect(between(before, after)).toBeUndefined()
  })

  const others = [
    'DS 1 13 2 aabb',
    'DNAME a.example.net.',
    'SVCB 1 a.example.net.',
    'HTTPS 1 .',
    'LOC 1 N 1 E 1m',
  ]
  const own = [
    'TYPE65401 \\# 3 016100',
    'TYPE65402 \\# 5 0001026162',
    'TYPE260 \\# 1 00',
    'URI 10 1 "x"',
    'HINFO "a" "b"',
  ]
  test.each([...others, ...own])('is not to be had with %s, which may be more than its contents', (rdata) => {
    const line = `www.example.test. 300 ${rdata}`
    expect(between(BASE, [...BASE, line])).toBeUndefined()
    expect(between([...BASE, line], BASE)).toBeUndefined()
  })

  test.each([
    ['is the same', 5, 5, false],
    ['goes up', 5, 6, true],
    ['goes back', 6, 5, false],
    ['wraps', 2 ** 32 - 1, 3, true],
    ['would wrap backwards', 3, 2 ** 32 - 1, false],
    ['is as far ahead as it can be', 0, 2 ** 31 - 1, true],
    ['is so far ahead that it may as well be behind', 0, 2 ** 31, false],
  ])('where the serial %s', (_, from, to, isThere) => {
    const found = lastOf(differenceOf(APEX, messagesOf(from, BASE), messagesOf(to, [NS, OTHER])))
    expect(found !== undefined).toBe(isThere)
  })

  test('is not to be had where more than 100 records come or go, the SOA among them', () => {
    const hosts = (count: number, last = 1) =>
      Array.from({length: count}, (_, i) => `h${i}.example.test. 300 A 192.0.2.${last}`)
    expect(changesIn(between(BASE, [...BASE, ...hosts(99)])).now).toHaveLength(99)
    expect(changesIn(between([...BASE, ...hosts(99)], BASE)).gone).toHaveLength(99)
    expect(changesIn(between([...BASE, ...hosts(99)], [...BASE, ...hosts(99, 2)])).now).toHaveLength(99)
    expect(between(BASE, [...BASE, ...hosts(100)])).toBeUndefined()
    expect(between([...BASE, ...hosts(100)], BASE)).toBeUndefined()
    expect(between([...BASE, ...hosts(100)], [...BASE, ...hosts(100, 2)])).toBeUndefined()
  })

  test('is nothing where records are only ordered, compressed and put into messages in another way', () => {
    const before = messagesOf(1, [NS, WWW, OTHER, DEEP, 'www.example.test. 300 MX 10 www.example.test.'], 2)
    const after = messagesOf(2, ['www.example.test. 300 MX 10 www.example.test.', DEEP, OTHER, NS, WWW], 3)
    const nothing = {now: [], gone: []}
    const found = lastOf(differenceOf(APEX, before, after))
    expect([found?.length, changesIn(found)]).toEqual([1, nothing])
    const pointers = [message([soa(2), a('h'), a('i'), soa(2)])]
    const plain = (host: string) => record(wire(`${host}.example.test`), 1, Uint8Array.of(192, 0, 2, 1))
    const without = [
      message([soa(1), plain('i')]),
      message([plain('h'), soa(1)], {question: new Uint8Array()}),
    ]
    const again = lastOf(differenceOf(ZONE, without, pointers))
    expect([again?.length, changesIn(again)]).toEqual([1, nothing])
  })

  test('is refused to messages that are no transfer', () => {
    const whole = messagesOf(1, BASE)
    for (const broken of [[], [message([a('h')])], [message([a('h'), soa()])], [Uint8Array.of(0)]])
      expect(() => lastOf(differenceOf(APEX, whole, broken))).toThrow(MalformedMessageError)
  })

  test('lets other work in', () => {
    const hosts = Array.from({length: 4500}, (_, i) => `h${i}.example.test. 300 A 192.0.2.1`)
    const steps = differenceOf(APEX, messagesOf(1, hosts, 1000), messagesOf(2, [...hosts, WWW], 1000))
    let count = 0
    while (!steps.next().done) count++
    expect(count).toBeGreaterThan(12)
  })
})

describe('the creation of a zone', () => {
  const of = (lines: readonly string[]) => lastOf(creationOf(APEX, messagesOf(1, lines)))
  const hosts = (count: number) =>
    Array.from({length: count}, (_, i) => `h${i}.example.test. 300 A 192.0.2.${i % 256}`)

  test('has all of its records, the SOA once among them', () => {
    const lines = [NS, WWW, OTHER, TEXT, '*.www.example.test. 60 MX 1 a.example.net.']
    const found = of(lines)
    expect(changesIn(found)).toEqual({now: wires(lines), gone: []})
    const soa = (found ?? []).filter(({type}) => type === Type.SOA)
    expect(hex(soa.flatMap(wiresOf))).toEqual(wires([soaOf(1)]))
  })

  test.each<[string, string[]]>([
    ['an empty non-terminal', [DEEP]],
    ['a delegation', DELEGATION],
    ['a type that may be more than its contents', ['www.example.test. 300 DS 1 13 2 aabb']],
    ['a record twice', [WWW, WWW]],
    ['an RRset with two TTLs', [WWW, 'www.example.test. 60 A 192.0.2.2']],
    ['a record that is not in it', ['www.example.net. 60 A 192.0.2.1']],
  ])('is not to be had with %s', (_, lines) => {
    expect(of([NS, ...lines])).toBeUndefined()
  })

  test('is not to be had of more than 1000 records', () => {
    expect(of(hosts(999))).toHaveLength(1000)
    expect(of(hosts(1000))).toBeUndefined()
  })

  test('is not to be had of much more text than PowerDNS takes in one call', () => {
    const texts = (count: number) =>
      Array.from({length: count}, (_, i) => `t${i}.example.test. 60 TXT ${`"${'x'.repeat(250)}" `.repeat(8)}`)
    expect(of(texts(120))).toHaveLength(121)
    expect(of(texts(140))).toBeUndefined()
  })
})

describe('a database to which the difference is applied', () => {
  const owners = fc
    .array(fc.constantFrom('a', 'b', 'B', '*', 'c\\000', 'd\\.a'), {maxLength: 3})
    .map((labels) => [...labels, 'example.test.'].join('.'))
  const rdatas = fc.constantFrom(
    ...['A 192.0.2.1', 'A 192.0.2.2', 'TXT "x"', 'TXT "X"', 'MX 1 a.test.', 'MX 1 A.test.', 'NS a.test.'],
    ...['CNAME b.example.test.', 'DS 1 13 2 aabb', 'DNAME a.test.', 'TYPE65402 \\# 1 00'],
  )
  /** Mostly one of a few names and types, so that RRsets have several records, some of them twice. */
  const lines = fc
    .tuple(
      owners,
      fc.constantFrom(60, 60, 300),
      fc.oneof({weight: 3, arbitrary: fc.constantFrom('A 192.0.2.1', 'TXT "x"')}, rdatas),
    )
    .map(([owner, ttl, rdata]) => `${owner} ${ttl} ${rdata}`)
  const pairs = fc
    .record({
      before: fc.array(lines, {maxLength: 12}),
      removed: fc.array(fc.nat(11), {maxLength: 3}),
      added: fc.array(lines, {maxLength: 3}),
      order: fc.array(fc.nat(), {minLength: 15, maxLength: 15}),
      perMessage: fc.tuple(fc.integer({min: 1, max: 6}), fc.integer({min: 1, max: 6})),
    })
    .map(({before, removed, added, order, perMessage}) => {
      const kept = before.filter((_, index) => !removed.includes(index))
      const after = [...kept, ...added]
        .map((line, index) => ({line, key: order[index] ?? 0}))
        .sort((x, y) => x.key - y.key)
        .map(({line}) => line)
      return [messagesOf(1, before, perMessage[0]), messagesOf(2, after, perMessage[1])] as const
    })

  test('is what it would be after the transfer of all', () => {
    let count = 0
    let created = 0
    fc.assert(
      fc.property(pairs, ([before, after]) => {
        const [rows, wanted] = [new SecondaryRows(APEX, before), new SecondaryRows(APEX, after)]
        const creation = lastOf(creationOf(APEX, after))
        if (creation) {
          created++
          const fresh = new SecondaryRows(APEX, [])
          fresh.apply(creation)
          expect([fresh.text, [], []]).toEqual([wanted.text, wanted.empty, wanted.delegated])
        }
        const found = lastOf(differenceOf(APEX, before, after))
        if (!found) return
        count++
        expect([rows.empty, rows.delegated]).toEqual([wanted.empty, wanted.delegated])
        rows.apply(found)
        expect(rows.text).toEqual(wanted.text)
      }),
      {numRuns: 3000},
    )
    // Enough of these zones differ by what can be said so.
    expect(count).toBeGreaterThan(600)
    expect(created).toBeGreaterThan(100)
  })

  test('differs by every change that leaves the names as they are, where nothing is delegated', () => {
    const hosts = fc.uniqueArray(fc.constantFrom('a', 'b.a', 'c.b.a', 'y.x'), {minLength: 1})
    const contents = fc.uniqueArray(
      fc.constantFrom('A 192.0.2.1', 'A 192.0.2.2', 'TXT "x"', 'MX 1 a.test.'),
      {
        minLength: 1,
      },
    )
    const zones = fc
      .tuple(hosts, contents, contents)
      .map(([names, ...both]) =>
        both.map((all) => names.flatMap((name) => all.map((each) => `${name}.example.test. 60 ${each}`))),
      )
    fc.assert(
      fc.property(zones, ([before = [], after = []]) => {
        const rrsetOf = (line: string) => line.split(' ').toSpliced(1, 1).slice(0, 2).join(' ')
        const changed = new Set([
          ...before.filter((line) => !after.includes(line)).map(rrsetOf),
          ...after.filter((line) => !before.includes(line)).map(rrsetOf),
        ])
        const now = wires(after.filter((line) => changed.has(rrsetOf(line))))
        const gone = [...changed].filter((rrset) => !after.some((line) => rrsetOf(line) === rrset)).sort()
        expect(changesIn(between(before, after))).toEqual({now, gone})
      }),
      {numRuns: 300},
    )
  })
})
