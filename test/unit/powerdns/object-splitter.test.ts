import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {ObjectSplitter} from '../../../src/lib/powerdns/object-splitter.js'

const noList = expect.objectContaining({code: 'PDIST_POWERDNS_ANSWER'})

/** The objects of `text`, handed over in pieces of these sizes in turn. */
function split(text: string, sizes: readonly number[], maxBytes = 10_000): unknown[] {
  const splitter = new ObjectSplitter({maxBytes})
  const bytes = Buffer.from(text)
  const found: unknown[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    // A piece's memory is used again for the next one.
    const piece = Buffer.from(bytes.subarray(at, at + size))
    found.push(...splitter.push(piece).map((object) => JSON.parse(object)))
    piece.fill(0)
    at += size
  }
  splitter.end()
  return found
}

const sizes = fc.array(fc.integer({min: 1, max: 40}), {minLength: 1, maxLength: 10})
const objects = fc.array(
  fc.dictionary(fc.string({unit: 'binary'}), fc.jsonValue({stringUnit: 'binary', maxDepth: 2})),
)

/** Undefined where it is no array of objects. */
function parsed(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isList = Array.isArray(value) && value.every((each) => each?.constructor === Object)
    return isList ? value : undefined
  } catch {
    return undefined
  }
}

describe('an array of objects', () => {
  it('is what JSON.parse makes of it, wherever it is cut', () => {
    fc.assert(
      fc.property(objects, sizes, fc.constantFrom(undefined, 1, '\t\r\n'), (list, cuts, space) => {
        const text = JSON.stringify(list, undefined, space)
        expect(split(text, cuts)).toEqual(JSON.parse(text))
      }),
      {numRuns: 500},
    )
  })

  it('is one exactly where JSON.parse says so', () => {
    const token = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      ',',
      '"',
      '\\',
      ':',
      '"a"',
      '{"a":1}',
      '[{',
      '}]',
      ' ',
      '1',
    )
    fc.assert(
      fc.property(fc.array(token, {maxLength: 12}), sizes, (tokens, cuts) => {
        const text = tokens.join('')
        const expected = parsed(text)
        if (expected) expect(split(text, cuts)).toEqual(expected)
        else expect(() => split(text, cuts)).toThrow()
      }),
      {
        numRuns: 5000,
        examples: [
          [['[', '{"a":1}', ',', '{"a":1}', ']'], [3]],
          [['[', ']'], [1]],
        ],
      },
    )
  })

  it('has no object above the limit, and none that never ends', () => {
    const text = `[{"a":"${'x'.repeat(100)}"}]`
    expect(split(text, [7], 108)).toHaveLength(1)
    expect(() => split(text, [7], 107)).toThrow(noList)
    expect(() => split(text, [1000], 107)).toThrow(noList)
    const splitter = new ObjectSplitter({maxBytes: 1000})
    splitter.push(Buffer.from('[{"a":"'))
    const endless = Buffer.alloc(100, 'x')
    expect(() => Array.from({length: 11}, () => splitter.push(endless))).toThrow(noList)
  })

  it.each(['', '[', '[{}', '[{},', '[{}]]', '{}', '[1]', '[{}{}]', '[,{}]', '[{},]', '[{"a":"}]'])(
    'is not %j',
    (text) => {
      expect(() => split(text, [1])).toThrow(noList)
    },
  )
})
