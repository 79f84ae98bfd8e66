import {describe, expect, it} from 'vitest'
import {printable} from '../../../src/lib/ui/printable.js'
import {tableLines} from '../../../src/lib/ui/table.js'
import {zoneReportLines} from '../../../src/lib/ui/zone-report.js'
import {stored, tombstoneOf, versionOf} from '../../support/versions.js'

describe('a table', () => {
  it('is as wide as its cells, and pads no line at its end', () => {
    const columns = [{head: 'ZONE'}, {head: 'SERIAL', align: 'right'}, {head: 'STATE'}] as const
    const rows = [['a.test.', '1', 'current'], ['long.example.test.', '4294967295', ''], ['short']]
    expect(tableLines(columns, rows)).toEqual([
      'ZONE                    SERIAL  STATE',
      'a.test.                      1  current',
      'long.example.test.  4294967295',
      'short',
    ])
    expect(tableLines(columns, [])).toEqual(['ZONE  SERIAL  STATE'])
  })

  it('keeps every row on its line, whatever is in its cells', () => {
    const hostile = 'one\ntwo\u001b[2Jthree\u0007\u202efour\u2028'
    expect(tableLines([{head: 'A'}], [[hostile]])).toEqual(['A', 'one two [2Jthree four'])
    expect(printable('plain text, ünïcödé 日本')).toBe('plain text, ünïcödé 日本')
  })
})

describe('the report of a zone', () => {
  const signature = {keyTag: 1, inception: 1_000, expiration: 2_000_000_000}

  it('shows the version, and what every secondary serves', () => {
    const signed = {key: '0123456789abcdef', sequence: 1_700_000_000_000, signature: 's'.repeat(86)}
    const signatures = [{...signature, expiration: 2_100_000_000}, signature]
    const version = versionOf('a.test', {fingerprint: {serial: 2 ** 32 - 1, signatures}, event: 5, signed})
    const error = {code: 'PDIST_NO_ANSWER', message: 'does not\nanswer'}
    const lines = zoneReportLines({
      stored: stored(version, 7),
      fingerprint: '4294967295/x',
      secondaries: [
        {secondary: 'ns1', state: 'current', serial: 2 ** 32 - 1, lag: 0, fingerprint: '4294967295/x'},
        {secondary: 'ns2', state: 'no answer', error},
      ],
    })
    expect(lines).toEqual([
      'zone        a.test.',
      'serial      4294967295',
      'fingerprint 4294967295/x',
      'signed      until 2033-05-18T03:33:20.000Z',
      'records     3',
      'size        100 bytes in 1 messages, 10 packed',
      `digest      ${'x'.repeat(43)}`,
      'revision    7, covers event 5',
      'taken       2023-11-14T22:13:20.000Z',
      'signed by   the key 0123456789abcdef, as 1700000000000',
      '',
      'SECONDARY  STATE          SERIAL    LAG  FINGERPRINT',
      'ns1        current    4294967295  0.0 s  4294967295/x',
      'ns2        no answer           -      -  PDIST_NO_ANSWER: does not answer',
    ])
  })

  it('shows a tombstone, and an unsigned zone', () => {
    const dead = zoneReportLines({stored: stored(tombstoneOf('a.test'), 8), secondaries: []})
    expect(dead.slice(0, 4)).toEqual([
      'zone        a.test.',
      'revision    8, covers event 0',
      'deleted     2023-11-14T22:13:20.000Z',
      'signed by   nobody',
    ])
    expect(zoneReportLines({stored: stored(versionOf('a.test'), 1), secondaries: []})).toContain(
      'signed      no',
    )
  })
})
