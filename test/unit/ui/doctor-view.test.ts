import {describe, expect, it} from 'vitest'
import type {CheckResult} from '../../../src/lib/doctor/check.js'
import {reportOf} from '../../../src/lib/doctor/examine.js'
import {brokerLines} from '../../../src/lib/ui/broker-view.js'
import {doctorLines} from '../../../src/lib/ui/doctor-view.js'
import {StatusLine} from '../../../src/lib/ui/status-line.js'

const results: CheckResult[] = [
  {id: 'machine.node', theme: 'machine', result: 'ok', finding: 'Node.js v24.0.0'},
  {
    id: 'machine.secrets',
    theme: 'machine',
    result: 'problem',
    about: 'primary.api_key_file',
    finding: '/k has the mode 0644: everybody\u001b[2J can read it',
    fix: 'chmod 0640 /k',
  },
  {id: 'broker.certificate', theme: 'broker', result: 'skipped', finding: 'no TLS'},
  {id: 'broker.clock', theme: 'broker', result: 'skipped', finding: 'no TLS'},
  {id: 'broker.sync', theme: 'broker', result: 'note', finding: 'not told'},
]

describe('the report of the doctor', () => {
  it('is a line for each check, by themes, with the way out below', () => {
    expect(doctorLines(reportOf(results))).toEqual([
      'machine',
      '  ok       node: Node.js v24.0.0',
      '  problem  secrets (primary.api_key_file): /k has the mode 0644: everybody [2J can read it',
      '           -> chmod 0640 /k',
      '',
      'broker',
      '  skipped  certificate, clock: no TLS',
      '  note     sync: not told',
      '',
      '1 problem, 0 warnings, 1 note, 1 ok, 2 skipped',
    ])
  })

  it('is silent where nothing is to be done, if so wished', () => {
    const quiet = doctorLines(reportOf(results), {quiet: true})
    expect(quiet.filter((line) => /^ {2}(ok|skipped|note)/.test(line))).toEqual([])
    expect(quiet).toContain(
      '  problem  secrets (primary.api_key_file): /k has the mode 0644: everybody [2J can read it',
    )
    expect(doctorLines(reportOf(results.slice(0, 1)), {quiet: true})).toEqual([])
  })

  it('fits a terminal, and marks the results', () => {
    const lines = doctorLines(reportOf(results), {columns: 60, paint: (result, text) => `<${result}>${text}`})
    expect(lines.slice(1, 6)).toEqual([
      '  <ok>ok       node: Node.js v24.0.0',
      '  <problem>problem  secrets (primary.api_key_file): /k has the mode',
      '           0644: everybody [2J can read it',
      '           -> chmod 0640 /k',
      '',
    ])
  })
})

describe('the report about the broker', () => {
  it('has the streams, the consumers, and what is wrong', () => {
    const stream = {settings: {}, messages: 3, bytes: 2048, replicas: 1}
    const lines = brokerLines({
      asWanted: false,
      server: '192.0.2.1:4222',
      version: '2.10.27',
      account: {storage: 2048, streams: 7, storageLimit: 2 ** 30},
      streams: [
        {...stream, name: 'a', state: 'as wanted', cluster: {leader: 'n1', lagging: [], offline: []}},
        {...stream, name: 'b', state: 'missing'},
      ],
      consumers: [
        {stream: 'a', name: 'c', reader: {kind: 'zone-providers'}, pending: 1, unsettled: 2, read: false},
      ],
      checks: [
        {id: 'streams.settings', theme: 'streams', result: 'problem', about: 'b', finding: 'is not there'},
      ],
    })
    expect(lines).toEqual([
      '192.0.2.1:4222, nats-server 2.10.27, 2.0 KiB stored, of 1.0 GiB',
      '',
      'STREAM  STATE      REPLICAS  LEADER  MESSAGES     SIZE',
      'a       as wanted         1  n1             3  2.0 KiB',
      'b       missing           -  -              -        -',
      '',
      'CONSUMER  STREAM  WAITING  UNSETTLED  READ',
      'c         a             1          2  no',
      '',
      '  problem  settings (b): is not there',
      'not everything is as it should be',
    ])
  })
})

describe('a line of status', () => {
  it('is gone in the end, and nowhere without a terminal', () => {
    for (const isTTY of [true, false]) {
      let written = ''
      const output = {isTTY, write: (text: string) => (written += text)}
      {
        using line = new StatusLine(output)
        line.show('1 of 2')
        line.show('2 of 2')
      }
      expect(written).toBe(isTTY ? '\r\u001b[K1 of 2\r\u001b[K2 of 2\r\u001b[K' : '')
    }
  })
})
