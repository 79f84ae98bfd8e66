import {describe, expect, it} from 'vitest'
import {cellsOf, columnsOf, nameOf} from '../../support/matrix/cells.js'
import type {Missing, Servers} from '../../support/matrix/suites.js'
import {type Result, tableOf} from '../../support/matrix/table.js'

function servers(suite: Servers['suite'], nats: string, powerdns: string): Servers {
  const places = {path: [], libraries: [], schemas: []}
  const packages = {nats, powerdns}
  return {suite, root: '/root', places, nats, powerdns, packages, backends: ['gsqlite3', 'lmdb']}
}

const BOOKWORM = servers('bookworm', '2.9', '4.7')
const TRIXIE = servers('trixie', '2.10', '4.9')
const SID = servers('sid', '2.15', '5.1')

describe('what is tried', () => {
  it('has every nats-server with the oldest PowerDNS, every PowerDNS with the newest, and both together', () => {
    const tried = cellsOf([BOOKWORM, TRIXIE, SID]).map((cell) => columnsOf(cell).join(', '))
    expect(tried.filter((columns) => columns.endsWith('4.7 gsqlite3, 4.7 gsqlite3'))).toHaveLength(3)
    expect(tried).toEqual(
      expect.arrayContaining([
        '2.15, 4.9 lmdb, 4.9 lmdb',
        '2.15, 5.1 lmdb, 5.1 lmdb',
        '2.15, 4.7 gsqlite3, 5.1 lmdb',
        '2.15, 5.1 gsqlite3, 4.7 gsqlite3',
      ]),
    )
    expect(new Set(tried).size).toBe(14)
  })

  it('leaves out a backend that a release does not have', () => {
    const cells = cellsOf([BOOKWORM, TRIXIE, {...SID, backends: ['gsqlite3']}])
    expect(cells.map(nameOf).filter((name) => name.includes('5.1 lmdb'))).toEqual([])
  })

  it('is skipped with the reason where a release cannot be had', () => {
    const sid: Missing = {suite: 'sid', missing: 'E: no mirror'}
    const skipped = cellsOf([BOOKWORM, TRIXIE, sid]).filter((cell) => 'because' in cell)
    expect(skipped).toHaveLength(5)
    expect(new Set(skipped.map(({because}) => because))).toEqual(
      new Set(['Debian sid cannot be had: E: no mirror']),
    )
    expect(skipped.map(nameOf)).toContain('nats-server Debian sid, PowerDNS Debian trixie to Debian trixie')
  })
})

describe('the table', () => {
  const result = (
    state: Result['state'],
    more: Partial<Result['matrix']> = {},
    name = 'it works',
  ): Result => ({
    name,
    state,
    matrix: {columns: ['2.9', '4.7', '5.1'], ...more},
  })
  const outcome = (...results: Result[]) => tableOf(results).split('\n').at(2)

  it('has a line for each combination', () => {
    const other = result('passed', {columns: ['2.10', '4.7', '5.1']})
    expect(
      tableOf([result('passed'), other, result('passed')])
        .trim()
        .split('\n'),
    ).toHaveLength(4)
  })

  it('counts what passed, and tells what the doctor said', () => {
    expect(outcome(result('passed'), result('passed', {doctor: ['broker.version: warning']}))).toBe(
      '| 2.9 | 4.7 | 5.1 | 2 of 2 | broker.version: warning |',
    )
  })

  it('never takes for a success what failed, or was not tried', () => {
    expect(outcome(result('passed'), result('failed', {}, 'a zone'))).toContain('| FAILED: a zone |')
    expect(outcome(result('skipped', {skipped: 'no mirror'}))).toContain('| NOT TRIED: no mirror |')
    expect(outcome(result('skipped'))).toContain('| NOT TRIED: nobody asked for it |')
    expect(outcome(result('passed'), result('skipped'))).toContain('| ONLY 1 of 2 tried |')
    expect(outcome(result('passed'), result('pending'))).toContain('| ONLY 1 of 2 tried |')
  })
})
