import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {
  copyName,
  InvalidNameError,
  isNameAt,
  nameToWire,
  readName,
  skipName,
  zoneName,
} from '../../../src/lib/dns/name.js'
import {MalformedMessageError} from '../../../src/lib/dns/wire.js'

const label = fc.uint8Array({minLength: 1, maxLength: 63})
/** Wire names of at most 255 bytes. */
const wireName = fc.array(label, {maxLength: 8}).map((labels) => {
  const parts: Uint8Array[] = []
  let length = 1
  for (const bytes of labels) {
    if (length + bytes.length + 1 > 255) break
    length += bytes.length + 1
    parts.push(Uint8Array.of(bytes.length), bytes)
  }
  return Uint8Array.from(Buffer.concat([...parts, Uint8Array.of(0)]))
})

function lower(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte))
}

/** Undefined for what is no name. */
function attempt(read: () => string): string | undefined {
  try {
    return read()
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidNameError)
    return undefined
  }
}

describe('zoneName', () => {
  const plainLabel = fc.stringMatching(/^[a-z0-9_-]{1,63}$/)

  test('a name that needs no parsing is what its wire form says, or is refused like any other', () => {
    const text = fc
      .tuple(fc.array(plainLabel, {minLength: 1, maxLength: 6}), fc.constantFrom('', '.'))
      .map(([labels, end]) => labels.join('.') + end)
    fc.assert(
      fc.property(text, (text) => {
        // One upper-case letter, and it has to be parsed.
        const parsed = attempt(() => zoneName(`A${text.slice(1)}`))
        const plain = attempt(() => zoneName(`a${text.slice(1)}`))
        expect(plain).toBe(parsed)
        if (plain !== undefined) expect(readName(nameToWire(zoneName(plain)), 0).name).toBe(plain)
      }),
    )
  })

  test.each([61, 62, 63, 64])('a last label of %i bytes counts with and without the last dot', (length) => {
    const text = `${`${'b'.repeat(63)}.`.repeat(3)}${'c'.repeat(length)}`
    const fits = length <= 61
    for (const end of ['', '.'])
      expect(attempt(() => zoneName(text + end))).toBe(fits ? `${text}.` : undefined)
  })

  test.each([
    ['example.com', 'example.com.'],
    ['Example.COM.', 'example.com.'],
    ['.', '.'],
    ['0/25.2.0.192.in-addr.arpa', '0/25.2.0.192.in-addr.arpa.'],
    ['_dmarc.*.example', '_dmarc.*.example.'],
    ['a\\.b\\\\c.example', 'a\\.b\\\\c.example.'],
    ['a\\046b.example', 'a\\.b.example.'],
    ['a\\ b\\065\\000.example', 'a\\032ba\\000.example.'],
    ['\\"quoted\\".example', '"quoted".example.'],
    ['bücher.example', 'b\\195\\188cher.example.'],
    ['BÜCHER.example', 'b\\195\\156cher.example.'],
  ])('%s is %s', (text, canonical) => {
    expect(zoneName(text)).toBe(canonical)
  })

  test.each([
    '',
    '..',
    '.example',
    'a..b',
    'a.b..',
    'a b',
    'a\n',
    'a\\',
    'a\\25',
    'a\\256',
    '\ud800.example',
    `${'a'.repeat(64)}.example`,
    `${'a'.repeat(63)}.`.repeat(4),
    'x.'.repeat(100_000),
  ])('%j is no name, and the error says what to do', (text) => {
    const attempt = () => zoneName(text)
    expect(attempt).toThrow(InvalidNameError)
    try {
      attempt()
    } catch (error) {
      expect(error).toMatchObject({code: 'PDIST_INVALID_NAME', hints: [expect.any(String)]})
    }
  })

  test('takes a name of exactly 255 bytes', () => {
    const text = `${`${'a'.repeat(63)}.`.repeat(3)}${'b'.repeat(61)}.`
    expect(nameToWire(zoneName(text))).toHaveLength(255)
    expect(zoneName(text)).toBe(text)
    expect(() => zoneName(`${`${'a'.repeat(63)}.`.repeat(3)}${'b'.repeat(62)}.`)).toThrow(InvalidNameError)
  })

  test('every name goes from the wire to text and back', () => {
    fc.assert(
      fc.property(wireName, (wire) => {
        const {name, end} = readName(wire, 0)
        expect(end).toBe(wire.length)
        expect(zoneName(name)).toBe(name)
        expect(Buffer.from(nameToWire(name))).toEqual(Buffer.from(lower(wire)))
      }),
    )
  })

  test('whatever the text, there is a canonical name or an InvalidNameError', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(
            'a',
            'Z',
            '.',
            '\\',
            '0',
            '2',
            '9',
            ' ',
            '*',
            'ü',
            '\ud83d\ude00',
            '\ud800',
            '\0',
          ),
          maxLength: 300,
        }),
        (text) => {
          try {
            expect(zoneName(zoneName(text))).toBe(zoneName(text))
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidNameError)
          }
        },
      ),
    )
  })
})

describe('names in messages', () => {
  const compressed = Uint8Array.from(Buffer.from('\x03COM\x00\x07Example\xc0\x00\x03www\xc0\x05', 'latin1'))

  test('follows pointers backwards', () => {
    expect(readName(compressed, 5)).toEqual({name: 'example.com.', end: 15})
    expect(readName(compressed, 15)).toEqual({name: 'www.example.com.', end: 21})
    expect(skipName(compressed, 15)).toBe(21)
    expect(isNameAt(compressed, 15, nameToWire(zoneName('WWW.example.com')))).toBe(true)
    expect(isNameAt(compressed, 5, nameToWire(zoneName('www.example.com')))).toBe(false)
  })

  test.each([
    ['a pointer to itself', [0xc0, 0], 0],
    ['a pointer forwards', [0xc0, 2, 0], 0],
    ['two pointers at each other', [1, 97, 0xc0, 4, 0xc0, 0], 0],
    ['a pointer cut in half', [0, 0xc0], 1],
    ['a label that leaves the message', [5, 97], 0],
    ['no end', [1, 97], 0],
    ['an unknown label type', [0x40, 0], 0],
    ['an offset behind the end', [0], 1],
    ['256 bytes', Array.from({length: 256}, (_, i) => (i === 255 ? 0 : i % 2 ? 97 : 1)), 0],
  ])('refuses %s', (_, bytes, offset) => {
    expect(() => readName(Uint8Array.from(bytes), offset)).toThrow(MalformedMessageError)
  })

  test('refuses a chain of thousands of pointers', () => {
    const chain = Uint8Array.from({length: 16_000}, (_, i) => {
      if (i < 2) return 0
      const target = (i & ~1) - 2
      return i % 2 ? target & 0xff : 0xc0 | (target >>> 8)
    })
    expect(() => readName(chain, 15_998)).toThrow('too many pointers')
  })

  test('random bytes give a name or a MalformedMessageError, and the same from all readers', () => {
    // Mostly small numbers and pointers, so that deep structures come about.
    const byte = fc.oneof(
      fc.integer({min: 0, max: 5}),
      fc.constantFrom(0xc0, 0xc1, 63, 64),
      fc.integer({min: 0, max: 255}),
    )
    fc.assert(
      fc.property(fc.array(byte, {maxLength: 600}), fc.nat(600), (bytes, offset) => {
        const message = Uint8Array.from(bytes)
        try {
          const {name, end} = readName(message, offset)
          expect(skipName(message, offset)).toBe(end)
          expect(end).toBeLessThanOrEqual(message.length)
          const target = new Uint8Array(255)
          expect(copyName(message, offset, target, 0)).toBe(nameToWire(name).length)
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessageError)
        }
      }),
      {numRuns: 2000},
    )
  })
})
