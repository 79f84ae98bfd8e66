import {expect, it} from 'vitest'
import {shapeOf} from '../../support/shape.js'

it.each([
  ['simple values', [1, 'a', null, true, 2], 'boolean | null | number | string'],
  ['nothing but empty lists', [[], []], 'nothing[]'],
  ['lists of several types', [[1], ['a']], '(number | string)[]'],
  ['objects, sorted, with what not all have', [{b: 1, a: 'x'}, {b: 2}], '{\n  a?: string\n  b: number\n}'],
  ['lists of objects', [[{a: 1}, {a: null}]], '{\n  a: null | number\n}[]'],
  [
    'objects of several kinds',
    [
      {kind: 'b', y: 1},
      {kind: 'a', x: {}},
    ],
    '{\n  kind: "a"\n  x: {}\n} | {\n  kind: "b"\n  y: number\n}',
  ],
  [
    'objects that differ in nothing else',
    [
      [
        {kind: 'b', of: 1},
        {kind: 'a', of: 2},
      ],
    ],
    '{\n  kind: "a" | "b"\n  of: number\n}[]',
  ],
])('%s', (_, values, text) => {
  expect(shapeOf(values)).toBe(text)
})

it('keeps the names of fields and data apart', () => {
  const values = [{by: {ns1: 1, ns2: 2}}, {by: {ns3: 3}}]
  expect(shapeOf(values, {maps: ['by']})).toBe('{\n  by: {[name]: number}\n}')
})
