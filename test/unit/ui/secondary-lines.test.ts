import {expect, it} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import type {SecondaryDetails} from '../../../src/lib/sync/watch/secondary-details.js'
import {
  forgetLines,
  forgetQuestion,
  pauseLines,
  secondaryLines,
  secondaryListLines,
} from '../../../src/lib/ui/secondary-lines.js'

const A = zoneName('a.test')
const PAUSE = {since: 0, reason: 'new\u001b[2J disk', by: 'jo@host'}
const problem = {zone: A, code: 'PDIST_X', message: 'not ours', hints: ['delete it'], since: 0}
const details: SecondaryDetails = {
  ...{secondary: 'ns1', state: 'ok', ageMs: 1234, zones: 2, pending: 1, lag: 0.25, load: 0.256},
  ...{
    versions: {pdist: '0.1.0', powerdns: '4.7.3', node: 'v24.0.0'},
    warnings: [],
    problems: [],
    problemCount: 0,
  },
  ...{startedAt: 0, shortages: [], endingSignatures: []},
}

it('lists the secondaries, and of a silent one nothing that may be otherwise now', () => {
  expect(
    secondaryListLines([details, {...details, secondary: 'ns2', state: 'inactive', ageMs: 45_000}]),
  ).toEqual([
    'SECONDARY  STATE     ZONES  PENDING    LAG  LOAD    HEARTBEAT  POWERDNS  PDIST',
    'ns1        ok            2        1  0.3 s  0.26  1234 ms ago  4.7.3     0.1.0',
    'ns2        inactive      2        -      -     -     45 s ago  4.7.3     0.1.0',
  ])
  expect(secondaryListLines([])).toEqual(['no secondary has ever sent a heartbeat'])
})

it('shows the little that an older syncer says', () => {
  expect(secondaryLines(details)).toEqual([
    'secondary   ns1: ok',
    'heartbeat   1234 ms ago',
    'versions    PowerDNS 4.7.3, pdist 0.1.0, Node.js v24.0.0',
    'syncer      nobody has its name now, started 1970-01-01T00:00:00.000Z',
    'zones       2, 1 pending, lag 0.3 s',
    'store       it never took anything from the store',
    'compared    not yet',
    'load        0.26 per core',
  ])
})

it('shows all that a new one says, and its problems with what to do about them', () => {
  const lines = secondaryLines({
    ...details,
    ...{state: 'paused', paused: PAUSE, warnings: ['load'], problems: [problem], problemCount: 3},
    memory: {total: 4 * 2 ** 30, available: 2 ** 30},
    disks: [{path: '/var/lib', total: 1000, free: 50}],
    shortages: ['load', 'disk'],
    compared: {at: 0, differences: 2},
    signatures: {ending: 2, ended: 1},
    endingSignatures: [
      {zone: A, leftS: -5},
      {zone: A, leftS: 600},
    ],
    syncer: {host: 'box', pid: 42},
    position: {waiting: 3, inFlight: 4, acknowledged: 99},
  })
  expect(lines).toEqual([
    'secondary   ns1: paused',
    'pause       paused since 1970-01-01T00:00:00.000Z (new [2J disk), by jo@host',
    'heartbeat   1234 ms ago',
    'versions    PowerDNS 4.7.3, pdist 0.1.0, Node.js v24.0.0',
    'syncer      process 42 on box, started 1970-01-01T00:00:00.000Z',
    'zones       2, 1 pending, lag 0.3 s',
    'store       3 states waiting, 4 in flight, all proved up to revision 99',
    'compared    2 zones differed 1970-01-01T00:00:00.000Z',
    'signatures  1 expired, 1 expire soon: a.test. expired, a.test. in 10 min',
    'load        0.26 per core',
    'memory      1.0 GiB of 4.0 GiB available (25 %)',
    'disk        /var/lib: 50 B of 1000 B free (5 %)',
    'short of    load, disk',
    '',
    'warnings',
    '  load',
    '',
    '3 zones with problems',
    '  a.test. since 1970-01-01T00:00:00.000Z: not ours (PDIST_X)',
    '    -> delete it',
    '  … and 2 more',
  ])
})

it('tells what became of an order', () => {
  expect(pauseLines({secondary: 'ns1', state: 'paused', ageMs: 1, pause: PAUSE})).toEqual([
    'ns1 is paused since 1970-01-01T00:00:00.000Z (new [2J disk)',
  ])
  expect(pauseLines({secondary: 'ns1', state: 'running', ageMs: 1})[0]).toContain('is at work')
  expect(pauseLines({secondary: 'ns1', state: 'ordered', ageMs: 45_000})[0]).toContain('45 s old')
  expect(forgetQuestion('ns1', {zones: 2, ageMs: 45_000})).toBe(
    'Forget ns1, which was heard 45 s ago and served 2 zones?',
  )
  expect(forgetQuestion('ns1', undefined)).toContain('only traces')
  expect(forgetLines({secondary: 'ns1', state: 'kept', zones: 2})).toEqual([
    'ns1 is kept: nothing was removed',
  ])
  expect(forgetLines({secondary: 'ns1', state: 'forgotten', zones: 2})[0]).toContain('ns1 is forgotten')
})
