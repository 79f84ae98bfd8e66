import {expect, it} from 'vitest'
import {amount, duration} from '../../src/lib/figures.js'

it('durations and sizes are short', () => {
  const found = [0, 0.44, 9.96, 14, 999.4, 999.6, 9949, 12_345, 60_000, 5_940_000, 18_000_000, 259_200_000]
  expect(found.map(duration)).toEqual([
    ...[
      '0 s',
      '0.4 ms',
      '10 ms',
      '14 ms',
      '999 ms',
      '1.0 s',
      '9.9 s',
      '12 s',
      '1 min',
      '99 min',
      '5 h',
      '3 d',
    ],
  ])
  expect([0, 1023, 2048, 1024 ** 2 * 250].map(amount)).toEqual(['0 B', '1023 B', '2.0 KiB', '250 MiB'])
})
