import {describe, expect, it} from 'vitest'
import {RecentMap} from '../../src/lib/recent-map.js'

describe('what was noted lately', () => {
  it('is found until it is too old, and then forgotten', () => {
    const map = new RecentMap<string, number>(100)
    map.set('a', 1, 0)
    map.set('b', 2, 50)
    expect([map.get('a', 99), map.get('a', 100), map.get('b', 100)]).toEqual([1, undefined, 2])
    expect([map.size(99), map.size(100), map.size(150)]).toEqual([2, 1, 0])
  })

  it('is as old as when it was noted last', () => {
    const map = new RecentMap<string, number>(100)
    map.set('a', 1, 0)
    map.set('b', 2, 10)
    map.set('a', 3, 90)
    expect([map.size(120), map.get('a', 120)]).toEqual([1, 3])
  })

  it('is gone when it is deleted', () => {
    const map = new RecentMap<string, number>(100)
    map.set('a', 1, 0)
    map.delete('a')
    expect([map.get('a', 0), map.size(0)]).toEqual([undefined, 0])
  })

  it('does not stay for ever when the clock was set back', () => {
    const map = new RecentMap<string, number>(100)
    map.set('a', 1, 1_000_000)
    expect(map.get('a', 5)).toBeUndefined()
    map.set('b', 2, 5)
    expect(map.size(5)).toBe(1)
  })
})
