import {describe, expect, it} from 'vitest'
import {ListPatience} from '../../../src/lib/powerdns/list-patience.js'

describe('the patience with a listing', () => {
  it('is long at first, then a multiple of what the last one took', () => {
    const patience = new ListPatience(10_000)
    expect(patience.ms).toBe(300_000)
    patience.took(20)
    expect(patience.ms).toBe(10_200)
    patience.took(6000)
    expect(patience.ms).toBe(70_000)
    patience.took(100_000)
    expect(patience.ms).toBe(300_000)
  })

  it('grows with each failure, until one begins', () => {
    const patience = new ListPatience(10_000)
    patience.took(0)
    const grown = Array.from({length: 6}, () => {
      patience.failed()
      return patience.ms
    })
    expect(grown).toEqual([20_000, 40_000, 80_000, 160_000, 300_000, 300_000])
    patience.took(0)
    expect(patience.ms).toBe(10_000)
  })
})
