import {describe, expect, it} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import type {PushRow} from '../../../src/lib/sync/push.js'
import type {ZoneWaitReport} from '../../../src/lib/sync/zone-wait.js'
import {showZoneWait, zoneWaitSummary} from '../../../src/lib/ui/zone-wait-view.js'

const zone = zoneName('example.test')
const served: PushRow = {secondary: 'ns1', state: 'served', serial: 7, ms: 12}
const secondaries: PushRow[] = [
  served,
  {secondary: 'ns2', state: 'waiting'},
  {secondary: 'ns3', state: 'waiting', error: {code: 'PDIST_X', message: 'no\u001b[2J answer', hints: []}},
  {secondary: 'ns4', state: 'inactive'},
  {secondary: 'ns5', state: 'removed', ms: 3},
  {secondary: 'ns6', state: 'served', ms: 4},
  {secondary: 'ns7', state: 'waiting', serial: 6},
]

async function lines(report: ZoneWaitReport): Promise<string[]> {
  const written: string[] = []
  const show = {
    zone,
    secondaries: report.secondaries.map(({secondary, state}) => ({
      name: secondary,
      active: state !== 'inactive',
    })),
    isTerminal: false,
    write: (line: string) => written.push(line),
  }
  const shown = await showZoneWait(show, async (onProof) => {
    onProof(served)
    return report
  })
  expect(shown).toBe(report)
  return written
}

describe('a wait, without a terminal', () => {
  it('has a line for each secondary, as it ended', async () => {
    expect(await lines({zone, confirmed: false, secondaries})).toEqual([
      'waiting for example.test.\n',
      '  ns1: serves serial 7 after 12 ms\n',
      '  ns2: not in time\n',
      '  ns3: not in time: no [2J answer\n',
      '  ns4: inactive\n',
      '  ns5: serves it no longer after 3 ms\n',
      '  ns6: answers with it after 4 ms\n',
      '  ns7: not in time: it serves serial 6\n',
    ])
  })

  it('that needs no more does not blame the others', async () => {
    expect(await lines({zone, confirmed: true, secondaries})).toContain('  ns2: not waited for\n')
  })

  it('that fails, fails', async () => {
    const show = {zone, secondaries: [{name: 'ns1', active: true}], isTerminal: false, write: () => undefined}
    const failing = showZoneWait(show, async () => {
      throw new Error('interrupted')
    })
    await expect(failing).rejects.toThrow('interrupted')
  })

  it.each([
    [true, 'example.test. confirmed by 3 of 6 active secondaries'],
    [false, 'example.test. confirmed by only 3 of 6 active secondaries in time'],
  ])('is summed up, confirmed: %j', (confirmed, text) => {
    expect(zoneWaitSummary({zone, confirmed, secondaries})).toBe(text)
  })
})
