import {describe, expect, it} from 'vitest'
import {check, note, ok, problem, warning} from '../../../src/lib/doctor/check.js'
import {examine, type FactSource, factsAtHand, reportOf} from '../../../src/lib/doctor/examine.js'
import {isAtLeast} from '../../../src/lib/doctor/versions.js'
import {listed} from '../../../src/lib/doctor/words.js'

const version = {node: {version: 'v24.0.0'}}
const fine = check({id: 'machine.a', needs: ['node'], judge: ({node}) => ok(node.version)})

describe('examining', () => {
  it('gives each check the facts that it needs, and the worst result the report', async () => {
    const both = check({
      id: 'broker.b',
      needs: ['node', 'pdist'],
      judge: ({pdist}) => [warning(pdist.version, 'do', 'x'), note('n')],
    })
    const done: string[] = []
    const source = factsAtHand({...version, pdist: {version: '1'}})
    const report = await examine([both, fine], source, ({id}) => done.push(id))
    expect(report).toEqual({
      state: 'warning',
      counts: {ok: 1, skipped: 0, note: 1, warning: 1, problem: 0},
      checks: [
        {id: 'machine.a', theme: 'machine', result: 'ok', finding: 'v24.0.0'},
        {id: 'broker.b', theme: 'broker', result: 'warning', about: 'x', finding: '1', fix: 'do'},
        {id: 'broker.b', theme: 'broker', result: 'note', finding: 'n'},
      ],
    })
    expect(done.sort()).toEqual(['broker.b', 'machine.a'])
  })

  it('skips what hangs on something absent, and makes a failure the finding of whom it is about', async () => {
    const error = {code: 'PDIST_X', message: 'it is away', hints: []}
    const source = {
      look: async (name: string) =>
        name === 'node' ? {state: 'failed', error} : {state: 'absent', why: 'not there'},
    } as unknown as FactSource
    const about = check({
      ...fine,
      id: 'machine.b',
      needs: ['node'],
      failed: ({message}) => problem(message, 'fix'),
    })
    const hanging = check({id: 'machine.c', needs: ['pdist'], judge: () => ok('never')})
    const {checks, state} = await examine([fine, about, hanging], source)
    expect(state).toBe('problem')
    expect(checks.map(({result, finding}) => [result, finding])).toEqual([
      ['skipped', 'it is away'],
      ['problem', 'it is away'],
      ['skipped', 'not there'],
    ])
    const alone = await examine([fine], source)
    expect(alone.checks).toMatchObject([{result: 'note', finding: 'could not be looked at: it is away'}])
  })

  it('of nothing is fine', () => {
    expect(reportOf([]).state).toBe('ok')
  })
})

describe('words', () => {
  it('compare versions by their numbers', () => {
    expect(isAtLeast('4.10.0', '4.9')).toBe(true)
    expect(isAtLeast('v22.14.9', '22.15')).toBe(false)
    expect(isAtLeast('5', '5.0.0')).toBe(true)
    expect(isAtLeast('master-git', '4.7')).toBe(false)
  })

  it('tell the first of many names', () => {
    expect(listed(['a', 'b', 'c'], 2)).toBe('a, b and 1 more')
  })
})
