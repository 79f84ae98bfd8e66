import {describe, expect, it} from 'vitest'
import {type LeaseEntry, RivalWatch} from '../../../src/lib/broker/lease-entry.js'

const ABSENT: LeaseEntry = {state: 'absent', revision: 0, stamp: ''}

function held(revision: number, stamp = `${revision}`): LeaseEntry {
  return {state: 'held', revision, stamp}
}

describe("another's lease", () => {
  it('is over when it has not moved for as long as it is good for', () => {
    const watch = new RivalWatch(100)
    const looks = [
      [held(1), 0, false],
      [held(1), 99, false],
      [held(2), 100, false],
      [held(2), 199, false],
      [held(2), 200, true],
    ] as const
    for (const [entry, now, over] of looks) expect(watch.isOver(entry, now)).toBe(over)
  })

  it('is over at once where it was given back, and where there never was one', () => {
    expect(new RivalWatch(100).isOver(ABSENT, 0)).toBe(true)
    const watch = new RivalWatch(100)
    watch.isOver(held(1), 0)
    expect(watch.isOver({state: 'given back', revision: 2, stamp: '2'}, 1)).toBe(true)
  })

  it('may still be believed in by its holder when it vanishes', () => {
    const watch = new RivalWatch(100)
    watch.isOver(held(1), 0)
    expect(watch.isOver(ABSENT, 90)).toBe(false)
    expect(watch.isOver(ABSENT, 189)).toBe(false)
    expect(watch.isOver(ABSENT, 190)).toBe(true)
  })

  it('does not end while the broker is away', () => {
    const watch = new RivalWatch(100)
    watch.isOver(held(1), 0)
    watch.interrupted()
    expect(watch.isOver(held(1), 500)).toBe(false)
    expect(watch.isOver(held(1), 600)).toBe(true)
  })

  it('has moved where a store that was made anew has the same revision', () => {
    const watch = new RivalWatch(100)
    watch.isOver(held(1, 'before'), 0)
    expect(watch.isOver(held(1, 'after'), 100)).toBe(false)
  })
})
