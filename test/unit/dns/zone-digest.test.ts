import {createHash} from 'node:crypto'
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {ownerKey} from '../../../src/lib/dns/owner-key.js'
import {MalformedMessageError} from '../../../src/lib/dns/wire.js'
import {zoneDigests} from '../../../src/lib/dns/zone-digest.js'
import {lastOf} from '../../support/steps.js'
import {APEX, message, record, rrsig, rrsigRdata, soa, wire, ZONE} from './messages.js'

describe('the digest', () => {
  const digest = (...records: Uint8Array[]) =>
    Buffer.concat(lastOf(zoneDigests(ZONE, [message([soa(), ...records, soa()])], ['sha384']))).toString(
      'hex',
    )
  const nothing = digest()

  test('leaves out the apex ZONEMD and its RRSIG, and no other', () => {
    const data = new Uint8Array(54)
    const below = wire('sub.example.test')
    expect(digest(record(APEX, 63, data), rrsig({covered: 63}))).toBe(nothing)
    for (const counted of [record(below, 63, data), rrsig({covered: 63}, below), rrsig({covered: 1})])
      expect(digest(counted)).not.toBe(nothing)
  })

  test('leaves out what is not in the zone', () => {
    for (const outside of ['test', 'other.test', 'notexample.test', 'example.test.other', '.'])
      expect(digest(record(wire(outside), 1, Uint8Array.of(192, 0, 2, 1)))).toBe(nothing)
    const look = Buffer.from('\x09x\x07example\x04test\x00', 'latin1')
    expect(digest(record(look, 1, Uint8Array.of(192, 0, 2, 1)))).toBe(nothing)
  })

  test('has names in lower case and uncompressed where RFC 4034 and RFC 6840 say so, and only there', () => {
    const name = (text: string) => Buffer.concat([Buffer.of(text.length), Buffer.from(text), Buffer.of(0)])
    const sig = (text: string) =>
      Buffer.concat([rrsigRdata().subarray(0, 18), name(text), Buffer.from('Sig')])
    const naptr = (text: string) =>
      Buffer.concat([Buffer.from('\x00\x01\x00\x02\x01S\x01X\x02!Y', 'latin1'), name(text)])
    const a6 = (text: string) => Buffer.concat([Buffer.of(120, 0xab), name(text)])
    const lowered: Array<[number, (text: string) => Uint8Array]> = [
      ...[2, 3, 4, 5, 7, 8, 9, 12, 39].map((type) => [type, name] as [number, typeof name]),
      ...[14, 17].map((type): [number, typeof name] => [
        type,
        (text) => Buffer.concat([name(text), name('m')]),
      ]),
      ...[15, 18, 21, 36].map((type): [number, typeof name] => [
        type,
        (text) => Buffer.concat([Buffer.of(0, 65), name(text)]),
      ]),
      [24, sig],
      [26, (text) => Buffer.concat([Buffer.of(0, 65), name('a'), name(text)])],
      [30, (text) => Buffer.concat([name(text), Buffer.from('BIT')])],
      [33, (text) => Buffer.concat([Buffer.from('ABCDEF'), name(text)])],
      [35, naptr],
      [38, a6],
      [46, sig],
    ]
    const kept: typeof lowered = [13, 16, 47, 64, 65, 99, 65_400].map((type) => [type, name])
    for (const [type, rdata] of lowered)
      expect([type, digest(record(APEX, type, rdata('NAME')))]).toEqual([
        type,
        digest(record(APEX, type, rdata('name'))),
      ])
    for (const [type, rdata] of kept)
      expect([type, digest(record(APEX, type, rdata('NAME')))]).not.toEqual([
        type,
        digest(record(APEX, type, rdata('name'))),
      ])
    const mx = (exchange: Uint8Array) => record(APEX, 15, Buffer.concat([Buffer.of(0, 1), exchange]))
    expect(digest(mx(APEX))).toBe(digest(mx(wire('example.test'))))
  })

  test('is that of the bytes, as RFC 4034 §6 orders them', () => {
    const [ns, txt] = [
      record(APEX, 2, wire('ns.test')),
      record(wire('*.example.test'), 16, Buffer.from('\x01x')),
    ]
    const canonicalSoa = record(
      wire('example.test'),
      6,
      Buffer.concat([wire('ns1.example.test'), wire('host.example.test'), soa().subarray(-20)]),
    )
    const bytes = Buffer.concat([record(wire('example.test'), 2, wire('ns.test')), canonicalSoa, txt])
    expect(digest(txt, ns)).toBe(createHash('sha384').update(bytes).digest('hex'))
  })

  test('of mutated bytes is one, or a MalformedMessageError', () => {
    const mutation = fc.array(fc.tuple(fc.nat(500), fc.integer({min: 0, max: 255})), {maxLength: 5})
    const types = fc.constantFrom(24, 30, 35, 36, 38, 39, 46, 63)
    fc.assert(
      fc.property(mutation, types, fc.uint8Array({maxLength: 60}), (changes, type, rdata) => {
        const bytes = message([soa(), rrsig(), record(APEX, type, rdata), soa()])
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        try {
          expect(lastOf(zoneDigests(ZONE, [bytes], ['sha384', 'sha512']))).toHaveLength(2)
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessageError)
        }
      }),
      {numRuns: 2000},
    )
  })
})

describe('whatever the zone,', () => {
  const labels = fc.uint8Array({minLength: 1, maxLength: 3})
  const names = fc
    .array(labels, {maxLength: 3})
    .map((parts) =>
      Buffer.concat([...parts.flatMap((part) => [Buffer.of(part.length), part]), wire('example.test')]),
    )
  const records = fc.uniqueArray(
    fc.record({
      owner: names,
      type: fc.constantFrom(1, 16, 46, 65_400),
      // Long enough for an RRSIG of the root, with something behind it.
      rdata: fc.uint8Array({minLength: 20, maxLength: 22}).map((bytes) => bytes.fill(0, 18, 19)),
    }),
    {minLength: 1, maxLength: 12, selector: ({owner, type, rdata}) => lowerCase(owner, type, rdata)},
  )
  const wires = records.map((all) => all.map(({owner, type, rdata}) => record(owner, type, rdata)))
  const digest = (all: readonly Uint8Array[], perMessage = 1000) => {
    const whole = [soa(), ...all, soa()]
    const messages = Array.from({length: Math.ceil(whole.length / perMessage)}, (_, i) =>
      message(whole.slice(i * perMessage, (i + 1) * perMessage)),
    )
    return Buffer.concat(lastOf(zoneDigests(ZONE, messages, ['sha384']))).toString('hex')
  }

  test('order, repetition and packing of its records do not matter', () => {
    fc.assert(
      fc.property(wires, fc.nat(), fc.integer({min: 1, max: 5}), (all, seed, perMessage) => {
        const shuffled = all.toSorted((a, b) => Buffer.compare(mixed(a, seed), mixed(b, seed)))
        const again = all.slice(0, seed % (all.length + 1))
        expect(digest([...shuffled, ...again], perMessage)).toBe(digest(all))
      }),
    )
  })

  test('any record that is changed, added or missing does', () => {
    fc.assert(
      fc.property(wires, fc.nat(), (all, which) => {
        const [chosen = new Uint8Array()] = all.slice(which % all.length)
        const others = all.filter((each) => each !== chosen)
        const changed = Uint8Array.from(chosen)
        changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 0x80
        const isNew = !others.some((each) => Buffer.compare(each, changed) === 0)
        expect(digest(others)).not.toBe(digest(all))
        if (isNew) expect(digest([...others, changed])).not.toBe(digest(all))
        expect(digest([...all, record(wire('new.example.test'), 1, Uint8Array.of(1))])).not.toBe(digest(all))
      }),
    )
  })

  test('its names are in the order of RFC 4034 §6.1', () => {
    fc.assert(
      fc.property(names, names, (a, b) => {
        const [one, other] = [ownerKey(a, 0), ownerKey(b, 0)]
        const order = one < other ? -1 : Number(one > other)
        expect(order).toBe(compareNames(a, b))
      }),
    )
    const ordered = [
      'example',
      'a.example',
      'yljkjljk.a.example',
      'Z.a.example',
      'zABC.a.EXAMPLE',
      'z.example',
    ]
    const texts = [...ordered, '\\001.z.example', '*.z.example', '\\200.z.example']
    const keys = texts.map((text) => ownerKey(wire(text), 0))
    expect(keys.toSorted()).toEqual(keys)
  })
})

/** Label by label from the right, as RFC 4034 §6.1 puts it. */
function compareNames(a: Uint8Array, b: Uint8Array): number {
  const [left, right] = [labelsOf(a).reverse(), labelsOf(b).reverse()]
  for (const [i, label] of left.entries()) {
    const other = right[i]
    if (!other) return 1
    const order = Buffer.compare(label, other)
    if (order !== 0) return order
  }
  return left.length < right.length ? -1 : 0
}

function labelsOf(name: Uint8Array): Uint8Array[] {
  const labels: Uint8Array[] = []
  for (let at = 0; name[at]; at += (name[at] ?? 0) + 1) {
    const label = name.subarray(at + 1, at + 1 + (name[at] ?? 0))
    labels.push(label.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte)))
  }
  return labels
}

/** Equal for records that are one in canonical form. */
function lowerCase(owner: Uint8Array, type: number, rdata: Uint8Array): string {
  const labels = labelsOf(owner).map((label) => Buffer.from(label).toString('hex'))
  return `${labels.join('.')} ${type} ${Buffer.from(rdata).toString('hex')}`
}

function mixed(bytes: Uint8Array, seed: number): Uint8Array {
  return createHash('sha1').update(`${seed}`).update(bytes).digest()
}
