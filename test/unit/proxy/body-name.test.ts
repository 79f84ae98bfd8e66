import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {BodyName} from '../../../src/lib/proxy/body-name.js'

function nameIn(body: string | Buffer, pieces = 1): string | undefined {
  const bytes = Buffer.from(body as string)
  const scanner = new BodyName()
  for (let at = 0; at < bytes.length; at += pieces) scanner.push(bytes.subarray(at, at + pieces))
  return scanner.name
}

describe('the name in a body', () => {
  it.each([
    ['{"name":"a.","kind":"Native"}', 'a.'],
    [' \r\n\t{ "kind" : "Native" , "name" : "a." } \n', 'a.'],
    ['{"id":"b.","name":"a."}', 'a.'],
    ['{"n\\u0061me":"\\u0061."}', 'a.'],
    ['{"name":"a\\\\.b."}', 'a\\.b.'],
    ['{"name":"a\\/b."}', 'a/b.'],
    ['{"name":"ö."}', 'ö.'],
    ['{"name":"a.","name":"b."}', 'b.'],
    ['{"name":5,"name":"b."}', 'b.'],
    ['{"rrsets":[{"name":"x.","a":{"name":"y."}}],"name":"a."}', 'a.'],
    ['{"name":"a.","rrsets":[{"name":"x."}],"z":{"name":"y."}}', 'a.'],
    ['{"x":"name","y":"\\"name\\":\\"b.\\"","name":"a."}', 'a.'],
    ['{"name":""}', ''],
  ])('%s', (body, name) => {
    for (const pieces of [1, 2, 3, 7, 1000]) expect(nameIn(body, pieces)).toBe(name)
  })

  it.each([
    '',
    '{}',
    'null',
    '"name"',
    '[{"name":"a."}]',
    '["name","a."]',
    '{"name":5}',
    '{"name":null}',
    '{"name":["a."]}',
    '{"name":{"name":"a."}}',
    '{"name":"a.","name":5}',
    '{"name":"a.","n\\u0061me":true}',
    '{"Name":"a."}',
    '{"x":{"name":"a."}}',
    '{"name":"tab\there"}',
    '{"name":"\\x"}',
    '{"name',
    '{"name":"a.',
    '}{"name":"a."}',
  ])('none in %s', (body) => {
    for (const pieces of [1, 2, 1000]) expect(nameIn(body, pieces)).toBeUndefined()
  })

  it('is none where its bytes are no UTF-8', () => {
    expect(nameIn(Buffer.from('{"name":"\xff."}', 'latin1'))).toBeUndefined()
  })

  it('ignores what follows the object', () => {
    expect(nameIn('{"name":"a."}{"name":"b."}')).toBe('a.')
  })

  it('is none where it is longer than any name, however long', () => {
    const scanner = new BodyName()
    scanner.push(Buffer.from('{"name":"'))
    for (let i = 0; i < 100; i++) scanner.push(Buffer.alloc(65_536, 'a'))
    scanner.push(Buffer.from('"}'))
    expect(scanner.name).toBeUndefined()
  })

  it('takes the longest name there is, written in the longest way', () => {
    const escaped = '\\u005c\\u0030\\u0030\\u0031'.repeat(255)
    expect(nameIn(`{"name":"${escaped}"}`)).toBe('\\001'.repeat(255))
  })

  it('agrees with JSON.parse on any JSON in any pieces', () => {
    const key = fc.constantFrom('name', 'id', 'n\\u0061me', 'rrsets', '"name"')
    const text = fc.string({unit: 'grapheme', maxLength: 20})
    const value = fc.oneof(
      text,
      fc.integer(),
      fc.constant(null),
      fc.json().map((json) => JSON.parse(json) as unknown),
    )
    const member = fc.tuple(key, value).map(([name, content]) => {
      const written = name.startsWith('n') ? `"${name}"` : JSON.stringify(name)
      return `${written} : ${JSON.stringify(content)}`
    })
    const body = fc.array(member, {maxLength: 6}).map((members) => `{${members.join(' ,\n')}}`)
    fc.assert(
      fc.property(body, fc.integer({min: 1, max: 9}), (json, pieces) => {
        const expected: unknown = JSON.parse(json).name
        expect(nameIn(json, pieces)).toBe(typeof expected === 'string' ? expected : undefined)
      }),
      {numRuns: 500},
    )
  })

  it('stands any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 300}), (bytes) => {
        const scanner = new BodyName()
        scanner.push(Buffer.from('{"name":"a.",'))
        scanner.push(bytes)
        expect(['string', 'undefined']).toContain(typeof scanner.name)
      }),
    )
  })
})
