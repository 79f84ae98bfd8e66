import fc from 'fast-check'
import {expect, test} from 'vitest'
import {framed, MessageSplitter} from '../../../src/lib/dns/framing.js'
import {MalformedMessageError} from '../../../src/lib/dns/wire.js'

test('splits into the same messages whatever the chunks', () => {
  const messages = fc.array(fc.uint8Array({maxLength: 700}), {maxLength: 6})
  const cuts = fc.array(fc.nat(4500), {maxLength: 20})
  fc.assert(
    fc.property(messages, cuts, (expected, places) => {
      const stream = Buffer.concat(expected.map(framed))
      const ends = [...places.filter((place) => place < stream.length), stream.length].sort((a, b) => a - b)
      const splitter = new MessageSplitter(700)
      const found = ends.flatMap((end, i) =>
        splitter.push(Uint8Array.from(stream.subarray(ends[i - 1] ?? 0, end))),
      )
      expect(found.map((bytes) => Buffer.from(bytes))).toEqual(expected.map((bytes) => Buffer.from(bytes)))
      expect(splitter.partial).toBe(false)
    }),
  )
})

test('takes single bytes, and knows that it is in the middle', () => {
  const splitter = new MessageSplitter(65_535)
  const stream = framed(Uint8Array.of(1, 2, 3))
  const found = [...stream].flatMap((byte, i) => {
    expect(splitter.partial).toBe(i > 0)
    return splitter.push(Uint8Array.of(byte))
  })
  expect(found).toEqual([Uint8Array.of(1, 2, 3)])
  expect(splitter.partial).toBe(false)
})

test('a message within one chunk is not copied', () => {
  const chunk = framed(Uint8Array.of(1, 2, 3))
  const [found] = new MessageSplitter(3).push(chunk)
  expect(found?.buffer).toBe(chunk.buffer)
})

test('refuses a message over the limit as soon as its length is there', () => {
  expect(() => new MessageSplitter(512).push(Uint8Array.of(2, 1))).toThrow(MalformedMessageError)
})
