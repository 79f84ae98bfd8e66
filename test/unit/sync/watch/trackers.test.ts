import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {zoneName} from '../../../../src/lib/dns/name.js'
import {Lateness} from '../../../../src/lib/sync/apply/lateness.js'
import {Pacer} from '../../../../src/lib/sync/provide/pacer.js'
import {ActivityTracker} from '../../../../src/lib/sync/watch/activity.js'
import {AnswerTracker} from '../../../../src/lib/sync/watch/answers.js'
import {ConvergenceTracker} from '../../../../src/lib/sync/watch/convergence.js'
import type {Provision, Receipt} from '../../../../src/lib/zone/report.js'
import {stored, versionOf} from '../../../support/versions.js'

const [A, B] = [zoneName('a.test'), zoneName('b.test')]

describe('the pacer', () => {
  it('never keeps a lone change waiting', () => {
    const pacer = new Pacer()
    expect(pacer.delay(A, 0)).toBe(0)
    pacer.stored(A, 1, 0)
    pacer.confirmed(A, 1)
    expect(pacer.delay(A, 1)).toBe(0)
    pacer.stored(A, 2, 10)
    expect(pacer.delay(A, 2000)).toBe(0)
    expect(pacer.delay(B, 10)).toBe(0)
  })

  it('doubles the distance of a zone that changes faster than it is confirmed, up to 200 ms', () => {
    const pacer = new Pacer()
    let [now, revision] = [0, 0]
    const gaps: number[] = []
    for (let i = 0; i < 7; i++) {
      pacer.stored(A, ++revision, now)
      const delay = pacer.delay(A, now + 1)
      gaps.push(delay + 1)
      now += delay + 1
    }
    expect(gaps).toEqual([10, 20, 40, 80, 160, 200, 200])
  })

  it('goes on at full speed once the last version is confirmed, and not by the one before', () => {
    const pacer = new Pacer()
    pacer.stored(A, 1, 0)
    expect(pacer.delay(A, 5)).toBe(5)
    pacer.stored(A, 2, 10)
    pacer.confirmed(A, 1)
    expect(pacer.delay(A, 10)).toBe(20)
    pacer.stored(A, 3, 30)
    pacer.confirmed(A, 3)
    expect(pacer.delay(A, 31)).toBe(0)
  })

  it('has a large zone rest for twice as long as it took, a second at most, unless it is the only one', () => {
    const pacer = new Pacer()
    pacer.took(A, 300, 1000)
    expect([pacer.delay(A, 1100), pacer.delay(A, 1100, {alone: true}), pacer.delay(B, 1100)]).toEqual([
      500, 0, 0,
    ])
    expect(pacer.delay(A, 1600)).toBe(0)
    pacer.took(A, 30_000, 40_000)
    expect(pacer.delay(A, 40_000)).toBe(1000)
    expect(pacer.delay(A, 5000)).toBe(1000)
    // The longer of the two waits counts.
    pacer.took(A, 4, 41_000)
    pacer.stored(A, 1, 41_000)
    expect(pacer.delay(A, 41_000)).toBe(10)
  })

  it('does not wait for somebody who is away', () => {
    const pacer = new Pacer()
    pacer.stored(A, 1, 0)
    expect(pacer.delay(A, 1001)).toBe(0)
    expect(pacer.delay(A, 0)).toBe(0)
  })
})

describe('the convergence tracker', () => {
  const tracker = (...active: string[]) => {
    const made = new ConvergenceTracker({confirmWithinMs: 100})
    for (const secondary of active) made.activate(secondary)
    return made
  }
  const state = (zone: string, revision: number) => stored(versionOf(zone), revision)
  const proof = (secondary: string, revision: number, zone = A): Receipt => {
    return {zone, secondary, revision, event: 0, at: 0, ms: 1, outcome: 'served', serial: 1}
  }
  const failure = (secondary: string, revision: number): Receipt => {
    const error = {code: 'PDIST_X', message: '', hints: []}
    return {zone: A, secondary, revision, event: 0, at: 0, ms: 1, outcome: 'failed', error}
  }

  it('counts the time from the store to the first proof of each secondary', () => {
    const convergence = tracker('ns1', 'ns2')
    convergence.stored(state('a.test', 5), 1000)
    expect(convergence.unconfirmed).toBe(1)
    expect(convergence.received(proof('ns1', 5), 1020)).toBe(20)
    expect(convergence.received(proof('ns1', 5), 1030)).toBeUndefined()
    expect(convergence.received(failure('ns2', 5), 1030)).toBeUndefined()
    expect(convergence.received(proof('ns2', 4), 1030)).toBeUndefined()
    expect(convergence.received(proof('ns3', 5), 1030)).toBeUndefined()
    expect(convergence.received(proof('ns2', 6), 1040)).toBe(40)
    expect(convergence.unconfirmed).toBe(0)
    expect(convergence.due(99_999)).toEqual([])
  })

  it('takes proofs that are heard before their state, of this state alone, and for a moment', () => {
    const convergence = tracker('ns1', 'ns2')
    expect(convergence.received(proof('ns1', 5), 990)).toBeUndefined()
    expect(convergence.stored(state('a.test', 5), 1000)).toBe(1)
    expect(convergence.received(proof('ns2', 6), 1010)).toBe(10)
    expect(convergence.received(proof('ns1', 6), 1010)).toBeUndefined()
    expect(convergence.stored(state('a.test', 6), 1020)).toBe(2)
    expect([convergence.unconfirmed, convergence.due(99_999)]).toEqual([0, []])
    // As of a store that was made anew.
    expect(convergence.stored(state('a.test', 2), 1030)).toBe(0)
    expect(convergence.unconfirmed).toBe(1)
    convergence.received(proof('ns1', 2), 1040)
    convergence.received(proof('ns2', 2), 1040)
    convergence.received(proof('ns1', 3), 1050)
    convergence.received(proof('ns1', 9, B), 9000)
    expect(convergence.stored(state('a.test', 3), 9010)).toBe(0)
  })

  it('has what is overdue sent again, less and less often', () => {
    const convergence = tracker('ns1', 'ns2')
    convergence.stored(state('a.test', 5), 0)
    convergence.received(proof('ns2', 5), 10)
    expect(convergence.due(99)).toEqual([])
    const times: number[] = []
    for (let now = 0; now <= 6000; now += 10) {
      for (const overdue of convergence.due(now)) {
        expect(overdue).toMatchObject({secondary: 'ns1', zone: A, revision: 5, resent: times.length, ms: now})
        times.push(now)
      }
    }
    expect(times).toEqual([100, 200, 400, 800, 1600, 3200, 4800])
  })

  it('counts as sent again only what it gave out', () => {
    const convergence = tracker('ns1', 'ns2')
    for (let i = 0; i < 50; i++) convergence.stored(state(`z${i}.test`, i + 1), 0)
    const rounds = [0, 1, 2, 3].map(() => convergence.due(100, 30))
    expect(rounds.map(({length}) => length)).toEqual([30, 30, 30, 10])
    const all = rounds.flat()
    expect(new Set(all.map(({zone, secondary}) => `${zone} ${secondary}`)).size).toBe(100)
    expect(all.every(({resent}) => resent === 0)).toBe(true)
  })

  it('gives no more time for a zone that changes all the time, unless it is followed', () => {
    const convergence = tracker('stuck', 'slow')
    const due: string[] = []
    for (let now = 0, revision = 1; now <= 300; now += 10, revision++) {
      convergence.stored(state('a.test', revision), now)
      convergence.received(proof('slow', revision - 1), now)
      due.push(...convergence.due(now).map(({secondary}) => `${secondary} ${now}`))
    }
    expect(due).toEqual(['stuck 100', 'stuck 200'])
  })

  it('expects nothing of who is inactive, and of who comes back only what is stored then', () => {
    const convergence = tracker('ns1')
    convergence.stored(state('a.test', 1), 0)
    convergence.deactivate('ns1')
    expect(convergence.unconfirmed).toBe(0)
    convergence.stored(state('b.test', 2), 10)
    convergence.activate('ns1')
    expect(convergence.due(9999)).toEqual([])
    convergence.stored(state('b.test', 3), 20)
    expect(convergence.due(120).map(({zone, revision}) => [zone, revision])).toEqual([[B, 3]])
  })
})

describe('the activity tracker', () => {
  it('tells every change once, by the age of heartbeats and by silence', () => {
    const activity = new ActivityTracker(30_000)
    expect(activity.heard('ns1', 0, 1000)).toEqual({secondary: 'ns1', active: true, silentMs: 0})
    expect(activity.heard('ns1', 0, 11_000)).toBeUndefined()
    expect(activity.heard('old', 60_000, 11_000)).toEqual({secondary: 'old', active: false, silentMs: 60_000})
    expect(activity.silent(41_000)).toEqual([])
    expect(activity.silent(41_001)).toEqual([{secondary: 'ns1', active: false, silentMs: 30_001}])
    expect(activity.silent(50_000)).toEqual([])
    expect(activity.heard('ns1', 100, 60_000)).toMatchObject({active: true, silentMs: 100})
    expect(activity.all.map(({secondary, active}) => [secondary, active])).toEqual([
      ['ns1', true],
      ['old', false],
    ])
  })

  it('is not made older by an old heartbeat that comes again', () => {
    const activity = new ActivityTracker(30_000)
    activity.heard('ns1', 0, 100_000)
    expect(activity.heard('ns1', 90_000, 110_000)).toBeUndefined()
    expect(activity.silent(130_000)).toEqual([])
  })
})

describe('the answer tracker', () => {
  const answer = (zone: typeof A, event: number): Provision => {
    return {zone, event, at: 0, outcome: 'unchanged', revision: 1}
  }

  it('tells once of a zone whose event has no answer', () => {
    const answers = new AnswerTracker({answerWithinMs: 100})
    answers.published({zone: A, sequence: 7}, 0)
    answers.published({zone: A, sequence: 8}, 50)
    answers.published({zone: B, sequence: 9}, 50)
    expect(answers.late(99)).toEqual([])
    expect(answers.late(100)).toEqual([{zone: A, sequence: 7, ms: 100}])
    expect(answers.late(120)).toEqual([])
    expect(answers.overdue).toBe(1)
    answers.answered(answer(A, 8), 130)
    answers.answered(answer(B, 9), 130)
    expect(answers.overdue).toBe(0)
    expect(answers.late(9999)).toEqual([])
  })

  it('takes an answer that is heard before its event', () => {
    const answers = new AnswerTracker({answerWithinMs: 100})
    answers.answered(answer(A, 7), 0)
    answers.published({zone: A, sequence: 7}, 1)
    expect(answers.late(9999)).toEqual([])
  })

  it('does not call a zone late that changes all the time and is answered all the time', () => {
    const answers = new AnswerTracker({answerWithinMs: 100})
    for (let sequence = 1; sequence < 100; sequence++) {
      answers.published({zone: A, sequence}, sequence * 20)
      answers.answered(answer(A, sequence - 1), sequence * 20 + 5)
      expect(answers.late(sequence * 20 + 10)).toEqual([])
    }
    expect(answers.late(99 * 20 + 200)).toHaveLength(1)
  })
})

describe('lateness', () => {
  it('counts from the first state that is not served, and from the next one once that is', () => {
    const late = new Lateness()
    late.came(A, 100)
    late.came(A, 200)
    late.came(B, 150)
    expect([late.size, late.since(A), late.longest(300)]).toEqual([2, 100, 200])
    late.served(A, 200)
    expect(late.longest(300)).toBe(150)
    late.served(B, undefined)
    expect([...late.zones]).toEqual([A])
    late.served(A, undefined)
    expect(late.longest(300)).toBe(0)
  })

  it('of a zone that never rests is that of its last state alone', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({min: 1, max: 50}), {minLength: 1}), (gaps) => {
        const late = new Lateness()
        let now = 0
        late.came(A, now)
        for (const gap of gaps) {
          const came = now + gap
          late.came(A, came)
          now = came + 1
          late.served(A, came)
          expect(late.longest(now)).toBe(1)
        }
      }),
    )
  })
})
