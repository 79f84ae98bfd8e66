import {beforeEach, describe, expect, it} from 'vitest'
import {History} from '../../support/faults/history.js'
import {Judge} from '../../support/faults/judge.js'

const ZONE = 'a.example.'
const OTHER = 'b.example.'

let history: History
let judge: Judge
beforeEach(() => {
  history = new History()
  judge = new Judge('ns1', history, () => 1_000)
})

describe('a judge of what is served', () => {
  it('accepts counters as they were set, with any left out', () => {
    const steps = [1, 2, 3].map(() => history.note(ZONE, 'set'))
    judge.hear(ZONE, steps[0] ?? 0, 0)
    judge.hear(ZONE, steps[2] ?? 0, 10)
    expect(judge).toMatchObject({wrong: [], answers: 2, longestBackMs: 0})
  })

  it("finds a counter that was never set, one of another zone's, and a zone without one", () => {
    const other = history.note(OTHER, 'set')
    judge.hear(ZONE, 77, 0)
    judge.hear(ZONE, other, 0)
    judge.hear(ZONE, 'empty', 0)
    expect(judge.wrong).toHaveLength(3)
  })

  it('accepts an older counter for a moment, and finds one that stays', () => {
    const [older, newer] = [history.note(ZONE, 'set'), history.note(ZONE, 'set')]
    judge.hear(ZONE, newer, 0)
    judge.hear(ZONE, older, 10)
    judge.hear(ZONE, older, 500)
    judge.hear(ZONE, newer, 600)
    judge.hear(ZONE, older, 700)
    judge.hear(ZONE, older, 1_700)
    expect(judge).toMatchObject({wrong: [], longestBackMs: 1_000})
    judge.hear(ZONE, older, 1_701)
    expect(judge.wrong).toEqual([expect.stringContaining('since 1001 ms, after it was at 2')])
  })

  it('finds a deleted zone that comes back and stays, but not one that was made again', () => {
    const before = history.note(ZONE, 'set')
    history.note(ZONE, 'gone')
    judge.hear(ZONE, before, 0)
    judge.hear(ZONE, 'gone', 10)
    judge.hear(ZONE, before, 20)
    judge.hear(ZONE, before, 2_000)
    expect(judge.wrong).toHaveLength(1)
    judge.hear(ZONE, 'gone', 3_000)
    judge.hear(ZONE, history.note(ZONE, 'set'), 4_000)
    judge.hear(ZONE, 'gone', 9_000)
    expect(judge.wrong).toHaveLength(1)
  })

  it('takes a zone that is gone, and will be again, for gone once', () => {
    const steps = (['set', 'gone', 'set', 'gone'] as const).map((what) => history.note(ZONE, what))
    const [first = 0, , again = 0] = steps
    judge.hear(ZONE, first, 0)
    judge.hear(ZONE, 'gone', 10)
    judge.hear(ZONE, 'gone', 20)
    // Late, as is its second end.
    judge.hear(ZONE, again, 1_000)
    judge.hear(ZONE, again, 9_000)
    judge.hear(ZONE, 'gone', 9_500)
    expect(judge).toMatchObject({wrong: [], longestBackMs: 0})
  })

  it('takes no order from steps whose call failed', () => {
    const [older, lost, newer] = [1, 2, 3].map(() => history.note(ZONE, 'set'))
    history.failed(lost ?? 0)
    judge.hear(ZONE, newer ?? 0, 0)
    judge.hear(ZONE, lost ?? 0, 10)
    judge.hear(ZONE, lost ?? 0, 5_000)
    history.failed(history.note(ZONE, 'gone'))
    judge.hear(ZONE, 'gone', 6_000)
    judge.hear(ZONE, newer ?? 0, 7_000)
    expect(judge.wrong).toEqual([])
    judge.hear(ZONE, older ?? 0, 8_000)
    judge.hear(ZONE, older ?? 0, 9_500)
    expect(judge.wrong).toHaveLength(1)
  })
})
