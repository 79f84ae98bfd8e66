import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, onTestFinished, test} from 'vitest'
import type {ConfigCheckReport} from '../../src/commands/config/check.js'
import {Slots} from '../../src/lib/async/slots.js'
import type {Broker} from '../../src/lib/broker/connection.js'
import {Control} from '../../src/lib/broker/control.js'
import type {TopologyChange} from '../../src/lib/broker/topology.js'
import {zoneName} from '../../src/lib/dns/name.js'
import type {ErrorReport} from '../../src/lib/errors.js'
import type {LabEndpoints} from '../../src/lib/lab/endpoints.js'
import type {PushReport} from '../../src/lib/sync/push.js'
import type {HealthSnapshot, SecondaryHealth} from '../../src/lib/sync/watch/health.js'
import type {VersionRecord} from '../../src/lib/sync/watch/version-history.js'
import type {ResyncReport} from '../../src/lib/system/resync.js'
import type {ZoneReport} from '../../src/lib/system/zone-view.js'
import type {Happening} from '../../src/lib/zone/happening.js'
import type {HeldPlan, PlannedChange} from '../../src/lib/zone/plan.js'
import {rrset} from '../support/api-client.js'
import {eventually} from '../support/eventually.js'
import {type Finished, pdist, ROOT} from '../support/pdist.js'
import {openBroker} from '../support/settled.js'
import {type ShapeOptions, shapeOf} from '../support/shape.js'
import {manifestCommands} from '../support/surface.js'
import {TestSystem} from '../support/system.js'

interface Sample extends ShapeOptions {
  /** Command lines whose results have one shape together. */
  calls: string[][]
  /** Results that a healthy lab does not show. */
  also?: readonly unknown[]
}

const zone = zoneName('shapes.example')
const error: ErrorReport = {code: 'PDIST_X', message: '', hints: ['']}
const change: PlannedChange = {zone, action: 'update', because: ''}
const plan: HeldPlan = {
  id: '0123456789',
  // Nobody compares it, so nobody finds that it is none.
  scope: {kind: 'secondary', secondary: 'nobody'},
  kind: 'deletions',
  reason: 'a test',
  at: 1,
  count: 1,
  changes: [change],
  status: 'held',
}

const plans: HeldPlan[] = (['deletions', 'record loss'] as const).flatMap((kind) => [
  {...plan, kind},
  {...plan, kind, scope: {kind: 'store'}},
])
const listed = plans.map(({changes: _, ...rest}) => rest)

const secondary: SecondaryHealth = {
  secondary: 'ns1',
  state: 'ok',
  ageMs: 1,
  zones: 1,
  pending: 0,
  lag: 0,
  load: 0,
  versions: {pdist: '', powerdns: '', node: ''},
  warnings: [''],
  problems: [{...error, zone, since: 1}],
  problemCount: 1,
}
const health: HealthSnapshot = {
  state: 'ok',
  reasons: [''],
  broker: {server: '', version: ''},
  zones: {present: 0, deleted: 0},
  events: {waiting: 0, inFlight: 0},
  plans: listed,
  secondaries: [
    secondary,
    {
      ...secondary,
      memory: {total: 1, available: 1},
      disks: [{path: '', total: 1, free: 1}],
      compared: {at: 1, differences: 0},
      signatures: {ending: 0, ended: 0},
    },
  ],
}
const push: PushReport[] = [
  {zone, confirmed: false, provision: 'failed', error, secondaries: []},
  {
    zone,
    confirmed: true,
    provision: 'stored',
    secondaries: [
      {secondary: 'ns1', state: 'waiting'},
      {secondary: 'ns1', state: 'failed', ms: 1, error},
      {secondary: 'ns1', state: 'served', ms: 1, serial: 1},
    ],
  },
]
const resync: ResyncReport = {secondary: 'ns1', state: 'differs', zones: 1, changes: [change], left: [change]}
const shown: ZoneReport = {
  zone,
  stored: {kind: 'tombstone', zone, event: 1, at: 1, revision: 1},
  secondaries: [{secondary: 'ns1', state: 'no answer', error}],
}
const checked: ConfigCheckReport = {
  valid: false,
  mistakes: [
    {path: '', message: ''},
    {path: '', message: '', source: 'file'},
  ],
  settings: [],
}
const topology: TopologyChange = {name: '', action: 'updated', settings: {replicas: {from: 1, to: 3}}}
const withTls: Pick<LabEndpoints, 'brokers' | 'brokerFiles'> = {
  brokers: [{url: '', pid: 1}],
  brokerFiles: {caFile: '', nkeyFile: ''},
}
const about = {zone, event: 1, at: 1}
const receipt = {...about, secondary: 'ns1', revision: 1, ms: 1}
const happenings: Happening[] = [
  {kind: 'event', time: 1, sequence: 1, event: {verb: 'refresh', zone, id: '', source: '', at: 1}},
  {kind: 'event', time: 1, sequence: 1, event: {verb: 'added', zone, id: '', source: '', at: 1, call: ''}},
  {kind: 'provision', time: 1, provision: {...about, outcome: 'failed', error}},
  {kind: 'provision', time: 1, provision: {...about, outcome: 'stored', revision: 1}},
  {kind: 'receipt', time: 1, receipt: {...receipt, outcome: 'served', serial: 1}},
  {kind: 'receipt', time: 1, receipt: {...receipt, outcome: 'failed', error}},
]

const proof = {secondary: 'ns1', outcome: 'served', time: 1} as const
const cause = {sequence: 1, verb: 'added', source: '', time: 1} as const
const version: VersionRecord = {
  outcome: 'stored',
  causes: [cause, {...cause, call: ''}],
  served: [
    {...proof, ms: 1},
    {...proof, error},
  ],
}
const versions: VersionRecord[] = [version, {...version, revision: 1, serial: 1, time: 1, error}]

/** A line for each command that has `--json`, in the order of docs/json.md. */
const SAMPLES: Record<string, Sample> = {
  'broker setup': {calls: [['broker', 'setup']], also: [[topology]], maps: ['settings']},
  completion: {calls: [['completion', 'bash']]},
  'config check': {
    calls: [['config', 'check', '--role', 'syncer']],
    also: [checked],
  },
  events: {calls: [['events']], also: happenings},
  health: {calls: [['health']], also: [health]},
  'plan approve': {calls: [['plan', 'approve', plan.id]], also: plans},
  'plan list': {calls: [['plan', 'list']], also: [plans]},
  'plan reject': {calls: [['plan', 'reject', plan.id]], also: plans},
  'plan show': {calls: [['plan', 'show', plan.id]], also: plans},
  resync: {
    calls: [['resync', 'ns1']],
    also: [resync],
  },
  'zone history': {
    calls: [['zone', 'history', 'kept.example']],
    also: [versions],
  },
  'zone list': {calls: [['zone', 'list', '--deleted']]},
  'zone push': {calls: [['zone', 'push', 'kept.example']], also: [push]},
  'zone show': {
    calls: [
      ['zone', 'show', 'kept.example'],
      ['zone', 'show', 'signed.example'],
      ['zone', 'show', 'gone.example'],
    ],
    also: [shown],
  },
}

const INTRODUCTION = `# JSON

What each command prints on stdout with \`--json\`, as it is: a name with \`?\` is not always there. A command whose work is not done
prints its result as well, and exits with 1; an error is printed on stderr instead, in one line.

Fields are added in later versions, and never taken away or given another meaning within a major version. Times are milliseconds since
1970 where they are numbers, and ISO 8601 in UTC where they are text; sizes are bytes.
`

let system: TestSystem
let broker: Broker
beforeAll(async () => {
  system = await TestSystem.start()
  broker = await openBroker(system)
  await new Control(broker).hold(plan)
  const {proxy} = system
  const zones = ['kept.example.', 'signed.example.', 'gone.example.']
  await Promise.all(zones.map((name) => proxy.createZone(name, [rrset(name, 'NS', 'ns1.example.')])))
  await proxy.putZone('signed.example.', {dnssec: true})
  await Promise.all(zones.map((name) => system.follows(name)))
  await proxy.deleteZone('gone.example.')
  await system.gone('gone.example.')
  await eventually(async () => {
    const {json} = await system.command('zone', 'show', 'gone.example')
    expect(json).toMatchObject({
      stored: {kind: 'tombstone'},
      secondaries: [{state: 'current'}, {state: 'current'}],
    })
  })
})
afterAll(async () => {
  await broker?.close()
  await system?.stop()
})

const slots = new Slots(4)

function run(words: readonly string[]): Promise<Finished> {
  const env = {PDIST_CONFIG: system.lab.endpoints.config}
  return slots.hold(() => pdist([...words, '--json'], {env}))
}

/** What a command printed: one value, or one a line. */
async function resultsOf(words: readonly string[]): Promise<unknown[]> {
  const {stdout, stderr} = await run(words)
  expect(stderr, words.join(' ')).toBe('')
  try {
    return [JSON.parse(stdout)]
  } catch {
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  }
}

async function sectionOf(name: string, {calls, also = [], ...options}: Sample): Promise<string> {
  const found = []
  for (const words of calls) found.push(...(await resultsOf(words)))
  return section(`pdist ${name}`, shapeOf([...found, ...also], options))
}

function section(title: string, shape: string): string {
  return `## ${title}\n\n\`\`\`ts\n${shape}\n\`\`\`\n`
}

test('results and errors are what docs/json.md says (where a change is meant: vitest run --update)', async () => {
  const sections = await Promise.all(Object.entries(SAMPLES).map(([name, sample]) => sectionOf(name, sample)))
  const endpoints: unknown = JSON.parse(await readFile(join(system.lab.endpoints.dir, 'lab.json'), 'utf8'))
  const lab = section('pdist lab', shapeOf([endpoints, {...system.lab.endpoints, ...withTls}]))
  const failures = await Promise.all([run(['zone', 'show', 'none.example']), run(['zone', 'lst'])])
  expect(failures.map(({code, stdout}) => ({code, stdout}))).toEqual([
    {code: 1, stdout: ''},
    {code: 2, stdout: ''},
  ])
  const errors = section('An error', shapeOf(failures.map(({stderr}) => JSON.parse(stderr))))
  const inOrder = [...sections, lab].sort()
  await expect([INTRODUCTION, errors, ...inOrder].join('\n')).toMatchFileSnapshot(`${ROOT}docs/json.md`)
})

test('every command with --json has its line here', () => {
  const commands = manifestCommands().filter(({flags, hidden}) => 'json' in flags && !hidden)
  const names = commands.map(({id}) => id.replaceAll(':', ' '))
  expect([...Object.keys(SAMPLES), 'lab'].sort()).toEqual(names.sort())
})

describe('names for completion', () => {
  test.each([
    ['zones', 'K', ['kept.example.']],
    ['zones', 'none', []],
    ['secondaries', '', ['ns1', 'ns2']],
  ])('%s that begin with "%s"', async (kind, prefix, names) => {
    // On a busy machine a second may be too little.
    await eventually(async () => {
      const {code, stdout, stderr} = await run(['complete', kind, prefix])
      expect({code, stderr}).toEqual({code: 0, stderr: ''})
      expect(JSON.parse(stdout)).toEqual(names)
    })
  })

  test('are none, without an error, where the broker is away', async () => {
    const words = ['complete', 'zones', '--broker', 'nats://127.0.0.1:1']
    expect(await run(words)).toEqual({code: 0, stdout: '', stderr: ''})
  })
})

describe('Ctrl-C in a terminal', () => {
  test('ends a push, says what was done, and shows the cursor again', async () => {
    const syncer = system.lab.part('syncer-ns2')
    syncer.signal('SIGSTOP')
    onTestFinished(() => syncer.signal('SIGCONT'))
    const {config} = system.lab.endpoints
    const shell = `exec "${process.execPath}" "${ROOT}bin/pdist.js" zone push kept.example --config "${config}"`
    const child = spawn('script', ['-qefc', shell, '/dev/null'], {
      env: {...process.env, TERM: 'xterm', COLUMNS: '80'},
    })
    let shown = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text
    })
    const ended = once(child, 'close')
    await eventually(() => expect(shown).toContain('ns1: serves serial'))
    child.stdin.write('\u0003')
    const [code] = await ended
    expect(code).toBe(1)
    expect(shown).toContain('Error PDIST_INTERRUPTED: interrupted: 0 of 1 zones are confirmed')
    expect(shown.lastIndexOf('\u001b[?25h')).toBeGreaterThan(shown.lastIndexOf('\u001b[?25l'))
  })
})
