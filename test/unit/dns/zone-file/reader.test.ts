import {describe, expect, it} from 'vitest'
import {zoneName} from '../../../../src/lib/dns/name.js'
import {printBytes} from '../../../../src/lib/dns/presentation.js'
import {typeName} from '../../../../src/lib/dns/types.js'
import {ZoneFileError} from '../../../../src/lib/dns/zone-file/errors.js'
import {type FileRecord, readZoneFile} from '../../../../src/lib/dns/zone-file/reader.js'

interface Read {
  files?: Readonly<Record<string, string>>
  maxRecords?: number
}

function read(text: string, {files = {}, maxRecords = 1000}: Read = {}): FileRecord[] {
  const include = (path: string, from: string) => {
    const found = files[path]
    if (found === undefined) throw new ZoneFileError({file: from, line: 0}, `there is no ${path}`)
    return {file: path, text: found}
  }
  const steps = readZoneFile({file: 'main', text}, {zone: zoneName('example.com'), maxRecords, include})
  let step = steps.next()
  while (!step.done) step = steps.next()
  return step.value
}

/** `owner TTL type rdata`. */
function lines(text: string, options?: Read): string[] {
  return read(text, options).map(
    ({name, ttl, type, rdata}) => `${name} ${ttl} ${typeName(type)} ${printBytes(type, rdata)}`,
  )
}

describe('a zone file', () => {
  it('has owners, TTLs and classes in all the ways that RFC 1035 knows', () => {
    const text = [
      '; a comment',
      '$TTL 1h',
      '@ IN SOA ns1 host\\.master.example.com. ( 2026010101 ; serial',
      '    1h 15m ) 1w 300 ; the parenthesis ended before',
      '',
      '  IN NS ns1',
      '\tNS ns2.example.net.',
      'NS1 300 IN A 192.0.2.1',
      '    IN 5m AAAA 2001:db8::1',
      '*.sub  1d A ( 192.0.2.2 )',
      'esc\\.aped\\032x.example.com. TXT "a;b(c)" plain\\;text "" ; the end',
      '',
    ].join('\r\n')
    expect(lines(text)).toEqual([
      'example.com. 3600 SOA ns1.example.com. host\\.master.example.com. 2026010101 3600 900 604800 300',
      'example.com. 3600 NS ns1.example.com.',
      'example.com. 3600 NS ns2.example.net.',
      'ns1.example.com. 300 A 192.0.2.1',
      'ns1.example.com. 300 AAAA 2001:db8::1',
      '*.sub.example.com. 86400 A 192.0.2.2',
      'esc\\.aped\\032x.example.com. 3600 TXT "a;b(c)" "plain;text" ""',
    ])
  })

  it('says of each record where it stands', () => {
    const found = read('$TTL 1\na A (\n192.0.2.1\n)\nb A 192.0.2.2\n$INCLUDE inc', {
      files: {inc: '\n\nc A 192.0.2.3'},
    })
    expect(found.map(({file, line}) => `${file}:${line}`)).toEqual(['main:2', 'main:5', 'inc:3'])
  })

  it('changes its origin, relatively to the one before', () => {
    const text =
      '$TTL 60\n$ORIGIN deep\na A 192.0.2.1\n@ MX 10 mail\n$ORIGIN deeper.example.com.\nb A 192.0.2.2'
    expect(lines(text)).toEqual([
      'a.deep.example.com. 60 A 192.0.2.1',
      'deep.example.com. 60 MX 10 mail.deep.example.com.',
      'b.deeper.example.com. 60 A 192.0.2.2',
    ])
  })

  it('takes the TTL of $TTL, else of the record before, else from the SOA', () => {
    expect(lines('@ SOA a b 1 2 3 4 5\n@ NS a\n@ 7 NS b\n@ NS c\n$TTL 9\n@ NS d')).toEqual([
      'example.com. 5 SOA a.example.com. b.example.com. 1 2 3 4 5',
      'example.com. 5 NS a.example.com.',
      'example.com. 7 NS b.example.com.',
      'example.com. 7 NS c.example.com.',
      'example.com. 9 NS d.example.com.',
    ])
  })

  it('includes others, which change neither its origin nor its owner', () => {
    const files = {
      plain: 'one A 192.0.2.1\n$ORIGIN elsewhere.example.com.\ntwo A 192.0.2.2',
      'with space': '@ A 192.0.2.3',
    }
    const text = '$TTL 60\nfirst TXT x\n$INCLUDE plain\n TXT y\n$include "with space" sub\nlast TXT z'
    expect(lines(text, {files})).toEqual([
      'first.example.com. 60 TXT "x"',
      'one.example.com. 60 A 192.0.2.1',
      'two.elsewhere.example.com. 60 A 192.0.2.2',
      'first.example.com. 60 TXT "y"',
      'sub.example.com. 60 A 192.0.2.3',
      'last.example.com. 60 TXT "z"',
    ])
  })

  it('generates records', () => {
    const text =
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as BIND writes it
      '$TTL 60\n$GENERATE 9-11/2 host-${0,3} A 192.0.2.$\n$GENERATE 1-1 a$ 5 IN TXT "\\$ $$ ${15,4,X} ${-1}"'
    expect(lines(text)).toEqual([
      'host-009.example.com. 60 A 192.0.2.9',
      'host-011.example.com. 60 A 192.0.2.11',
      'a1.example.com. 5 TXT "$ $ 0010 0"',
    ])
  })

  it('has bytes, not characters', () => {
    expect(lines(Buffer.from('ü 60 TXT "ß"').toString('latin1'))).toEqual([
      '\\195\\188.example.com. 60 TXT "\\195\\159"',
    ])
  })

  it('has types without a name, and known ones without their form', () => {
    expect(
      lines(
        '$TTL 1\na TYPE65400 \\# 4 dead beef\nb TYPE1 192.0.2.1\nc IN A \\# 4 c0000202'.replace(
          'CLASS1',
          'IN',
        ),
      ),
    ).toEqual([
      'a.example.com. 1 TYPE65400 \\# 4 deadbeef',
      'b.example.com. 1 A 192.0.2.1',
      'c.example.com. 1 A 192.0.2.2',
    ])
  })
})

describe('what is wrong is told with file and line', () => {
  it.each([
    [
      'an address',
      '$TTL 1\n\nwww A 192.0.2.999',
      'main:3: www.example.com. A: "192.0.2.999" is no IPv4 address',
    ],
    ['a type', '$TTL 1\nwww NONESUCH x', 'main:2: "NONESUCH" is no RR type'],
    ['a question', 'www 1 ANY x', 'main:1: "ANY" is no RR type'],
    ['a type for messages', 'www 1 TYPE250 \\# 0', 'main:1: TYPE250 is no type of records in a zone'],
    ['a class', 'www 1 CH TXT x', 'main:1: class CH: only IN is known here'],
    ['no type', 'www 1 IN', 'main:1: there is no RR type'],
    ['no TTL', 'www A 192.0.2.1', 'main:1: there is no TTL, here or before'],
    ['no owner', ' 1 A 192.0.2.1', 'main:1: there is no record before whose owner this one could have'],
    ['quotes', 'www 1 TXT "a\nb"', 'main:1: a text whose quotes are not closed'],
    [
      'a parenthesis that is not closed',
      '\nwww 1 TXT (\n"a"\n',
      'main:2: a parenthesis is opened here and never closed',
    ],
    [
      'a parenthesis that is not opened',
      'www 1 TXT a )',
      'main:1: a parenthesis is closed that was not opened',
    ],
    ['a backslash at the end', 'www 1 TXT a\\', 'main:1: nothing follows a backslash'],
    ['an unknown directive', '$DATE now', 'main:1: $DATE is not known'],
    ['a TTL that is none', '$TTL soon', 'main:1: "soon" is no TTL'],
    ['an empty range', '$GENERATE 3-1 a$ A 192.0.2.$', "main:1: $GENERATE's range 3-1 is empty"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as BIND writes it
    ['a format', '$GENERATE 1-2 a${x} A 192.0.2.$', 'main:1: ${x} is not understood'],
    [
      'a generated record',
      '\n$TTL 1\n$GENERATE 255-300 a$ A 192.0.2.$',
      'main:3: a256.example.com. A: "192.0.2.256" is no IPv4 address',
    ],
    ['a file that is not there', '$INCLUDE none', 'main:0: there is no none'],
    ['a file that includes itself', '$INCLUDE self', 'self:1: self includes itself'],
    ['what an included file says', '$INCLUDE broken', 'broken:2: there is no RR type'],
  ])('%s', (_, text, message) => {
    const files = {self: '$INCLUDE self', broken: '\nwww 1'}
    expect(() => read(text, {files})).toThrow(expect.objectContaining({code: 'PDIST_ZONE_FILE', message}))
  })

  it('also more records, and more files, than anybody means', () => {
    const generate = '$TTL 1\n$GENERATE 0-2000000000 a$ A 192.0.2.1'
    expect(() => read(generate)).toThrow('main:2: there are more than 1000 records')
    const files = Object.fromEntries(Array.from({length: 30}, (_, i) => [`f${i}`, `$INCLUDE f${i + 1}`]))
    expect(() => read('$INCLUDE f0', {files})).toThrow(/more than 20 files deep/)
  })

  it('is told about with all that is wrong in it, a line each', () => {
    const text = ['www A 192.0.2.256', 'ok 60 A 192.0.2.1', '$WHAT x', 'mail MX ten ns1', 'txt TXT ok'].join(
      '\n',
    )
    let told: unknown
    try {
      read(text)
    } catch (error) {
      told = error
    }
    expect(told).toMatchObject({code: 'PDIST_ZONE_FILE', file: 'main', line: 1})
    const words = (told as ZoneFileError).message.split('\n')
    expect(words.map((line) => line.slice(0, 8))).toEqual(['main:1: ', 'main:3: ', 'main:4: '])
    expect((told as ZoneFileError).hints).toEqual([expect.stringContaining('$ORIGIN')])
  })

  it('lacks a TTL once, and has a bound on what is told', () => {
    expect(() => read('a A 192.0.2.1\nb A 192.0.2.2')).toThrow(/^main:1: there is no TTL, here or before$/)
    const many = Array.from({length: 1000}, () => 'a 1 A x').join('\n')
    expect(() => read(many)).toThrow(/\nand 980 more mistakes$/)
  })
})
