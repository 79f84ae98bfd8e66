import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {type ZoneName, zoneName} from '../../../src/lib/dns/name.js'
import type {PushReport, PushRow} from '../../../src/lib/sync/push.js'
import {type Push, showPushes} from '../../../src/lib/ui/push-view.js'

let shown = ''
beforeEach(() => {
  shown = ''
  const write = (text: string | Uint8Array) => {
    shown += text
    return true
  }
  vi.spyOn(process.stdout, 'write').mockImplementation(write)
  vi.spyOn(process.stderr, 'write').mockImplementation(write)
})
afterEach(() => {
  vi.restoreAllMocks()
})

const secondaries = [
  {name: 'ns1', active: true},
  {name: 'ns2', active: true},
]
const [A, B] = [zoneName('a.test'), zoneName('b.test')]

function report(zone: ZoneName, rows: PushRow[], fields: Partial<PushReport> = {}): PushReport {
  const confirmed = rows.every(({state}) => state === 'served' || state === 'removed')
  return {zone, confirmed, provision: 'stored', secondaries: rows, ...fields}
}

function served(secondary: string): PushRow {
  return {secondary, state: 'served', serial: 7, ms: 12}
}

describe('showing pushes', () => {
  it('returns every report in order, and has a row for each secondary that ends with its receipt', async () => {
    const push: Push = async (zone, onProgress) => {
      const waiting: PushRow = {secondary: 'ns2', state: 'waiting'}
      onProgress(report(zone, [served('ns1'), waiting], {confirmed: false}))
      await Promise.resolve()
      return report(zone, [served('ns1'), {secondary: 'ns2', state: 'removed', ms: 30}])
    }
    const reports = await showPushes({zones: [A, B], secondaries, quiet: false}, push)
    expect(reports.map(({zone, confirmed}) => [zone, confirmed])).toEqual([
      [A, true],
      [B, true],
    ])
    expect(shown).toContain('ns1: serves serial 7 after 12 ms')
    expect(shown).toContain('ns2: removed it after 30 ms')
  })

  it('tells why a zone was not confirmed', async () => {
    const error = {code: 'PDIST_X', message: 'no\u001b[2J', hints: []}
    const reports: Record<string, PushReport> = {
      [A]: report(A, [served('ns1'), {secondary: 'ns2', state: 'failed', error}]),
      [B]: report(B, [], {confirmed: false, provision: 'none'}),
      'c.test.': report(zoneName('c.test'), [], {confirmed: false, provision: 'absent'}),
      'd.test.': report(zoneName('d.test'), [{secondary: 'ns1', state: 'waiting'}], {
        provision: 'failed',
        error,
      }),
    }
    const zones = Object.keys(reports).map((name) => zoneName(name))
    const push: Push = async (zone) => reports[zone] ?? report(zone, [])
    expect(await showPushes({zones, secondaries, quiet: false}, push)).toHaveLength(4)
    expect(shown).toContain('ns2: cannot serve it: no [2J')
    expect(shown).toContain('no zone-provider answered')
    expect(shown).toContain('neither the primary nor the store has c.test.')
    expect(shown).toContain('no [2J (PDIST_X)')
    expect(shown).toContain('ns1: no receipt in time')
  })

  it('shows nothing when quiet', async () => {
    const push: Push = async (zone) => report(zone, [served('ns1')])
    expect(await showPushes({zones: [A], secondaries, quiet: true}, push)).toHaveLength(1)
    expect(shown).toBe('')
  })

  it('rejects as a push that could not be made, when all are over', async () => {
    const over: string[] = []
    const push: Push = async (zone) => {
      if (zone === A) throw new Error('the broker is away')
      await new Promise(setImmediate)
      over.push(zone)
      return report(zone, [served('ns1')])
    }
    for (const count of [2, 50]) {
      over.length = 0
      const zones = [A, ...Array.from({length: count - 1}, (_, i) => zoneName(`z${i}.test`))]
      await expect(showPushes({zones, secondaries, quiet: true}, push)).rejects.toThrow('the broker is away')
      expect(over).toHaveLength(count - 1)
    }
  })

  it('counts many zones instead of listing them, some at a time', async () => {
    let [running, most] = [0, 0]
    const push: Push = async (zone) => {
      most = Math.max(most, ++running)
      await new Promise(setImmediate)
      running--
      return report(zone, [served('ns1')], {confirmed: zone !== 'z7.test.'})
    }
    const zones = Array.from({length: 100}, (_, i) => zoneName(`z${i}.test`))
    const reports = await showPushes({zones, secondaries, quiet: false}, push)
    expect(reports.map(({zone}) => zone)).toEqual(zones)
    expect(most).toBeLessThanOrEqual(32)
    expect(shown).toContain('not confirmed: z7.test.')
  })
})
