import {describe, expect, it} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import {type ApiChange, decodeRrsets, portionsOf} from '../../../src/lib/powerdns/rrsets.js'
import {
  apiChangeOf,
  escapedAgain,
  escapeLevelsOf,
  hasEscapes,
  primaryRrsetOf,
} from '../../../src/lib/system/api-rrsets.js'
import {everyRRset} from '../../support/every-type.js'

const NAME = zoneName('a.example')

function change(content: string): ApiChange {
  return {name: NAME, type: 16, ttl: 60, records: [{content, disabled: false}], generic: false}
}

describe('the RRsets of the API', () => {
  it('are read with their types, also those that only PowerDNS names so', () => {
    const records = [{content: '\\# 1 00', disabled: true}]
    const rrsets = ['ADDR', 'TYPE65400', 'LUA', 'A'].map((type) => ({
      name: 'A.example.',
      type,
      ttl: 60,
      records,
      comments: [],
    }))
    const found = decodeRrsets(JSON.stringify({name: 'example.', rrsets}))
    expect(found.map(({name, type}) => [name, type])).toEqual(
      [65400, 65400, 65402, 1].map((type) => [NAME, type]),
    )
    expect(found[0]?.records).toEqual(records)
  })

  it.each([
    '',
    '[]',
    '{}',
    '{"rrsets":[{"name":"a","type":"NONESUCH","ttl":1,"records":[]}]}',
    '{"rrsets":[{"name":"a..b","type":"A","ttl":1,"records":[]}]}',
  ])('are none in %s', (text) => {
    expect(() => decodeRrsets(text)).toThrow(expect.objectContaining({code: 'PDIST_POWERDNS_ANSWER'}))
  })

  it('come back as PowerDNS takes them, of every type', () => {
    for (const {name, type, ttl, records} of everyRRset('every.example.')) {
      const [read] = decodeRrsets(JSON.stringify({rrsets: [{name, type, ttl, records}]}))
      if (!read) throw new Error(`${type} was not read`)
      const {rrset} = primaryRrsetOf(read)
      const {records: again} = apiChangeOf({
        do: 'replace',
        name: rrset.name,
        type: rrset.type,
        rdatas: rrset.rdatas,
        disabled: [],
      })
      const sorted = (contents: ReadonlyArray<{content: string}>) =>
        contents.map(({content}) => content.toLowerCase()).sort()
      expect(sorted(again), type).toEqual(sorted(records))
    }
  })

  it('are not compared where one cannot be read', () => {
    const records = [{content: 'no address', disabled: false}]
    expect(() => primaryRrsetOf({name: NAME, type: 1, ttl: 1, records})).toThrow(
      /a A at a\.example\. that cannot be compared/,
    )
  })
})

describe('the API of 5.1 and newer', () => {
  it.each([
    ['4.7.3', 1],
    ['4.9.17', 1],
    ['5.0.3', 1],
    ['5.1.0', 2],
    ['5.1.5', 2],
    ['6.0.0-alpha1', 2],
  ])('%s takes away so many levels of escapes: %d', (version, levels) => {
    expect(escapeLevelsOf(version)).toBe(levels)
  })

  it.each([
    ['"plain; text"', '"plain; text"'],
    [String.raw`"a\\b\"c\200"`, String.raw`"a\\\\b\\\"c\\200"`],
    [String.raw`first\.last.example. \032\009x.`, String.raw`first\\\.last.example. \\032\\009x.`],
    [String.raw`\# 4 deadbeef`, String.raw`\# 4 deadbeef`],
  ])('is sent %s as %s', (content, sent) => {
    expect(escapedAgain(content)).toBe(sent)
  })

  it('is sent every content escaped once more, disabled ones, too, but for those in the form of RFC 3597', () => {
    const contents = (levels: 1 | 2, type: number, text: string) => {
      const [read] = decodeRrsets(
        JSON.stringify({
          rrsets: [{name: 'a.', type: `TYPE${type}`, ttl: 1, records: [{content: text, disabled: false}]}],
        }),
      )
      if (!read) throw new Error('it was not read')
      const {rdatas} = primaryRrsetOf(read).rrset
      const call = apiChangeOf({do: 'replace', name: NAME, type, rdatas, disabled: ['"\\"off"']}, levels)
      expect(hasEscapes(call)).toBe(true)
      return call.records.map(({content}) => content)
    }
    const text = String.raw`"\"on"`
    const twice = String.raw`"\\\"on"`
    expect(contents(1, 16, text)).toEqual([text, String.raw`"\"off"`])
    expect(contents(2, 16, text)).toEqual([twice, String.raw`"\\\"off"`])
    expect(contents(2, 65400, String.raw`\# 1 00`)[0]).toBe(String.raw`\# 1 00`)
    expect(hasEscapes(change('"plain"'))).toBe(false)
  })
})

describe('changes', () => {
  it('go in portions of what one call takes, in their order', () => {
    const changes = Array.from({length: 10}, (_, index) => change(`"${index}${'x'.repeat(900)}"`))
    const portions = portionsOf(changes, 2500)
    expect(portions.map(({length}) => length)).toEqual([2, 2, 2, 2, 2])
    expect(portions.flat()).toEqual(changes)
  })

  it('have a call for themselves where they are larger', () => {
    expect(
      portionsOf([change('"a"'), change('x'.repeat(5000)), change('"b"')], 2500).map(({length}) => length),
    ).toEqual([1, 1, 1])
    expect(portionsOf([])).toEqual([])
  })
})
