import {afterEach, describe, expect, it, vi} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import type {ResyncPlan, ResyncReport} from '../../../src/lib/sync/compare/resync-report.js'
import {
  interruptedWords,
  planLines,
  progressLine,
  progressWords,
  reportLines,
} from '../../../src/lib/ui/resync-lines.js'
import {type ResyncHooks, showResync} from '../../../src/lib/ui/resync-show.js'

const A = zoneName('a.test')
const NOTHING = {create: 0, update: 0, delete: 0, transfer: 0}
const change = {zone: A, action: 'update', because: 'served as another version than the store has'} as const
const report: ResyncReport = {
  ...{secondary: 'ns1', state: 'equal', zones: 7, plan: NOTHING, changes: [], left: [], held: []},
  ...{ordered: 0, proved: 0, ms: 1234},
}
const plan: ResyncPlan = {
  items: [{...change, way: 'store'}],
  counts: {...NOTHING, update: 1},
}

describe('a plan', () => {
  it('tells how many of each, then the first zones', () => {
    expect(planLines('ns1', plan)).toEqual([
      'ns1: 1 to update',
      'ACTION  ZONE     BECAUSE',
      'update  a.test.  served as another version than the store has',
    ])
    const items = Array.from({length: 60}, () => ({...change, way: 'store' as const}))
    const lines = planLines('ns1', {items, counts: {create: 1, update: 2, delete: 3, transfer: 54}})
    expect(lines[0]).toBe('ns1: 1 to create, 2 to update, 3 to delete, 54 to transfer again')
    expect(lines).toHaveLength(1 + 1 + 50 + 1)
    expect(lines.at(-1)).toBe('… and 10 more')
    expect(planLines('ns1', {items: [], counts: NOTHING})).toEqual([])
  })
})

describe('progress', () => {
  it('is a bar, a rate and the time that is left', () => {
    const progress = {done: 120, all: 400, perSecond: 35.4, leftS: 7.9}
    expect(progressLine(progress)).toBe('[#######-----------------]  120 of 400 zones, 35/s, 8 s left')
    expect(progressWords({done: 0, all: 400, perSecond: 0})).toBe('0 of 400 zones')
    expect(progressWords({done: 1, all: 400, perSecond: 0.25, leftS: 1596})).toBe(
      '1 of 400 zones, 0.3/s, 27 min left',
    )
    expect(progressLine({done: 0, all: 0, perSecond: 0, leftS: 0})).toMatch(/^\[#{24}\]/)
  })
})

describe('the end', () => {
  it('tells what was put right, or that nothing had to be done', () => {
    expect(reportLines(report)).toEqual([
      'ns1 serves what the store has: 7 zones, nothing had to be done in 1234 ms',
    ])
    const done = {...report, plan: {...NOTHING, update: 1, transfer: 6}, changes: [change], proved: 7}
    expect(reportLines(done)[0]).toContain('7 zones, 1 put right and 6 transferred again in 1234 ms')
    expect(reportLines({...report, state: 'planned'})).toEqual([])
    expect(reportLines({...report, state: 'ordered', ordered: 1})[0]).toContain('1 zone ordered')
  })

  it('tells what is left, why, and what waits for a decision', () => {
    const error = {code: 'PDIST_FOREIGN_ZONE', message: 'not\u001b[2Jours', hints: []}
    const held = [{id: '0123456789', count: 12, reason: 'would delete\u0007 12 of 20 zones'}]
    expect(
      reportLines({...report, state: 'differs', ms: 300_000, proved: 2, left: [{...change, error}], held}),
    ).toEqual([
      'ns1: 1 of 3 zones are not proved after 300 s',
      'ACTION  ZONE     BECAUSE',
      'update  a.test.  served as another version than the store has: not [2Jours (PDIST_FOREIGN_ZONE)',
      'plan 0123456789 is held: would delete  12 of 20 zones (pdist plan show 0123456789)',
    ])
    const silent = {code: 'PDIST_NO_ANSWER', message: 'the secondary ns1 does not answer', hints: []}
    expect(reportLines({...report, state: 'differs', error: silent})[1]).toBe(
      'the secondary ns1 does not answer (PDIST_NO_ANSWER)',
    )
  })

  it('tells what was and was not done when somebody ended it', () => {
    expect(interruptedWords(report)).toBe('nothing was ordered, ns1 is as it was')
    const left = Array.from({length: 5}, () => change)
    expect(interruptedWords({...report, ordered: 5, proved: 3, left})).toBe(
      '3 zones are proved; 2 more are ordered, and ns1 goes on with them; 3 were not begun',
    )
  })
})

describe('showing a resync', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  /** A resync that tells its plan, and how far it is three times. */
  async function shown(isTTY: boolean, state: ResyncReport['state'] = 'equal') {
    const results: string[] = []
    let written = ''
    let now = 0
    const write = (text: string | Uint8Array) => {
      written += text
      return true
    }
    if (isTTY) vi.spyOn(process.stderr, 'write').mockImplementation(write)
    const work = async ({onPlan, onProgress}: ResyncHooks) => {
      onPlan(plan)
      for (const done of [0, 1, 2]) {
        await new Promise(setImmediate)
        now += 3000
        onProgress({done, all: 2, perSecond: 1})
      }
      return {...report, state}
    }
    const outputs = {result: (line: string) => results.push(line), progress: {isTTY, write}, now: () => now}
    return {result: await showResync('ns1', outputs, work), results, written}
  }

  it('writes plain lines now and then, where there is no terminal', async () => {
    expect(await shown(false)).toEqual({
      result: report,
      results: planLines('ns1', plan),
      written: 'comparing ns1 with the store\nns1: 1 of 2 zones, 1.0/s\n',
    })
  })

  it('shows the same with listr2 on stderr in a terminal', async () => {
    const {result, results, written} = await shown(true)
    expect({result, results}).toEqual({result: report, results: planLines('ns1', plan)})
    expect(written).toContain('compare ns1 with the store')
    expect(written).toContain("✔ bring ns1 to the store's state")
    expect((await shown(true, 'differs')).written).toContain("✖ bring ns1 to the store's state")
  })

  it.each([true, false])('rejects as the resync does, be it a terminal (%s)', async (isTTY) => {
    const write = vi.fn(() => true)
    vi.spyOn(process.stderr, 'write').mockImplementation(write)
    const failure = new Error('no such secondary')
    const outputs = {result: vi.fn(), progress: {isTTY, write}, now: () => 0}
    await expect(showResync('ns1', outputs, () => Promise.reject(failure))).rejects.toBe(failure)
    const late = async ({onPlan}: ResyncHooks) => {
      onPlan(plan)
      await new Promise(setImmediate)
      throw failure
    }
    await expect(showResync('ns1', outputs, late)).rejects.toBe(failure)
  })
})
