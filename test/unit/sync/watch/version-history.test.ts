import {expect, test} from 'vitest'
import {zoneName} from '../../../../src/lib/dns/name.js'
import {versionsOf} from '../../../../src/lib/sync/watch/version-history.js'
import {HappeningLines} from '../../../../src/lib/ui/happening-lines.js'
import {historyLines} from '../../../../src/lib/ui/history-view.js'
import type {Happening} from '../../../../src/lib/zone/happening.js'
import type {Provision, Receipt} from '../../../../src/lib/zone/report.js'

const zone = zoneName('example.test')
const START = Date.UTC(2026, 0, 2, 3, 4, 5)
const error = {code: 'PDIST_X', message: 'broken\u001b[31m', hints: []}

type Outcome<T> = T extends unknown ? Omit<T, 'zone' | 'event' | 'at'> : never

function event(sequence: number, ms: number): Happening {
  const call = `PATCH /zones/${sequence}`
  const body = {verb: 'modified', zone, id: String(sequence), source: 'api-proxy', call, at: 0} as const
  return {kind: 'event', time: START + ms, sequence, event: body}
}

function provision(covers: number, ms: number, outcome: Outcome<Provision>): Happening {
  return {kind: 'provision', time: START + ms, provision: {zone, event: covers, at: 0, ...outcome}}
}

function receipt(secondary: string, covers: number, ms: number, outcome: Outcome<Receipt>): Happening {
  return {
    kind: 'receipt',
    time: START + ms,
    receipt: {zone, event: covers, at: 0, ...outcome} as Receipt & {secondary: typeof secondary},
  }
}

function served(secondary: string, revision: number, ms: number): Happening {
  return receipt(secondary, 0, ms, {secondary, revision, ms: 1, outcome: 'served', serial: 100 + revision})
}

test('a version has the events that led to it, and who served it how long after the first of them', () => {
  const versions = versionsOf([
    event(1, 0),
    event(2, 5),
    event(3, 6),
    provision(2, 8, {outcome: 'stored', revision: 7}),
    served('ns1', 7, 12),
    served('ns2', 7, 14.26),
    served('ns1', 7, 900),
    provision(3, 20, {outcome: 'unchanged', revision: 7}),
  ])
  expect(versions).toMatchObject([
    {
      revision: 7,
      outcome: 'stored',
      serial: 107,
      time: START + 8,
      causes: [{sequence: 1}, {sequence: 2}],
      served: [
        {secondary: 'ns1', ms: 12},
        {secondary: 'ns2', ms: 14.3},
      ],
    },
  ])
})

test('a proof that is told before the version was told to be stored counts from the same event', () => {
  const [version] = versionsOf([
    event(1, 0),
    served('ns1', 7, 70),
    provision(1, 90, {outcome: 'stored', revision: 7}),
    served('ns2', 7, 95),
  ])
  expect(version).toMatchObject({
    time: START + 90,
    causes: [{sequence: 1}],
    served: [
      {secondary: 'ns1', ms: 70},
      {secondary: 'ns2', ms: 95},
    ],
  })
})

test('a deletion, a failure, and what is older than the memory', () => {
  const failed = {outcome: 'failed', error} as const
  const versions = versionsOf([
    served('ns1', 3, 0),
    event(4, 1),
    provision(4, 2, failed),
    event(5, 3),
    provision(5, 4, failed),
    event(6, 5),
    provision(6, 6, {outcome: 'tombstone', revision: 9}),
    receipt('ns1', 6, 7, {secondary: 'ns1', revision: 9, ms: 1, ...failed}),
    receipt('ns1', 6, 9, {secondary: 'ns1', revision: 9, ms: 1, outcome: 'removed'}),
    provision(7, 10, {outcome: 'absent'}),
  ])
  expect(versions).toMatchObject([
    {revision: 3, serial: 103, causes: [], served: [{secondary: 'ns1', time: START}]},
    {outcome: 'failed', error, causes: [{sequence: 4}, {sequence: 5}]},
    {revision: 9, outcome: 'deleted', served: [{secondary: 'ns1', outcome: 'removed', ms: 4}]},
  ])
  expect(versions[0]?.time).toBeUndefined()
  const lines = historyLines(versions)
  expect(lines[1]).toMatch(/^before that .* 3 +103 +- +ns1 2026-01-02T03:04:05.000Z$/)
  expect(lines[2]).toMatch(/PATCH \/zones\/5 and 1 more +not stored: broken \[31m$/)
  expect(lines[3]).toMatch(/ 9 +deleted +PATCH \/zones\/6 +ns1 \+4 ms$/)
})

test('what happens is told a line each, with how long after its event', () => {
  const lines = new HappeningLines()
  const told = [
    event(1, 0),
    provision(1, 3, {outcome: 'stored', revision: 7}),
    receipt('ns1', 1, 12.5, {secondary: 'ns1', revision: 7, ms: 1, outcome: 'served', serial: 5}),
    receipt('ns2', 1, 20_000, {secondary: 'ns2', revision: 7, ms: 1, outcome: 'failed', error}),
    provision(9, 20_001, {outcome: 'absent'}),
  ].map((happening) => lines.line(happening))
  expect(told).toEqual([
    '2026-01-02T03:04:05.000Z  modified       example.test.  #1  api-proxy  PATCH /zones/1',
    '2026-01-02T03:04:05.003Z  stored         example.test.  #1 +3 ms  revision 7',
    '2026-01-02T03:04:05.012Z  served         example.test.  ns1  #1 +12.5 ms  serial 5',
    '2026-01-02T03:04:25.000Z  not served     example.test.  ns2  #1 +20 s  PDIST_X: broken [31m',
    '2026-01-02T03:04:25.001Z  unknown        example.test.  #9  neither the primary nor the store has it',
  ])
})
