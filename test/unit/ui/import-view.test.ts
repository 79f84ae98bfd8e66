import {describe, expect, it} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import {type PrimaryRrset, planImport} from '../../../src/lib/sync/import/plan-import.js'
import {importLines, importQuestion, importSummary} from '../../../src/lib/ui/import-view.js'
import {rrsetsOfLines} from '../../support/zone-file.js'

const ZONE = zoneName('example.com')

function planOf(before: readonly string[] | undefined, after: readonly string[]) {
  const current =
    before && rrsetsOfLines(ZONE, ...before).map((rrset): PrimaryRrset => ({rrset, disabled: []}))
  return planImport(ZONE, current, rrsetsOfLines(ZONE, ...after))
}

describe('an import', () => {
  it('is shown as what it changes, and in one line', () => {
    const plan = planOf(['a A 192.0.2.1', 'b A 192.0.2.2'], ['a A 192.0.2.3', '@ DNSKEY 257 3 13 AQID'])
    expect([...importLines(plan, {color: false})]).toEqual([
      '--- primary',
      '+++ file',
      '@@ a.example.com. A @@',
      '-a.example.com.\t300\tIN\tA\t192.0.2.1',
      '+a.example.com.\t300\tIN\tA\t192.0.2.3',
      '@@ b.example.com. A @@',
      '-b.example.com.\t300\tIN\tA\t192.0.2.2',
    ])
    expect(importSummary(plan)).toBe(
      'example.com.: RRsets that differ: 2, records: +1 -2; DNSSEC records of the file are left to the primary: 1',
    )
    expect(importQuestion(plan, {loss: false})).toBe('Change example.com. on the primary?')
    expect(importQuestion(plan, {loss: true})).toBe(
      'example.com. would be left with 2 of 3 records. Change it on the primary?',
    )
  })

  it('says that there is nothing to do, or that a zone is to be created', () => {
    const nothing = planOf(['a A 192.0.2.1'], ['a A 192.0.2.1'])
    expect([...importLines(nothing, {color: false})]).toEqual([])
    expect(importSummary(nothing)).toBe('example.com.: nothing to do, the primary has what the file has')
    const created = planOf(undefined, ['a A 192.0.2.1'])
    expect(importSummary(created)).toBe('example.com.: to be created; RRsets that differ: 2, records: +2 -0')
    expect(importQuestion(created, {loss: false})).toBe('Create example.com. on the primary?')
  })
})
