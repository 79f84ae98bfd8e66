import {afterAll, beforeAll, expect, test} from 'vitest'
import {eventually} from '../../support/eventually.js'
import {pdist, ROOT} from '../../support/pdist.js'
import {TestSystem} from '../../support/system.js'
import {Tmux} from '../../support/tmux.js'

const SMALL = {columns: 80, rows: 24}
const LARGE = {columns: 200, rows: 60}
const ZONE = 'live.example.'

let system: TestSystem
beforeAll(async () => {
  system = await TestSystem.start()
  // However busy the machine is that runs this.
  const calm = '[syncer]\nheartbeat = "1s"\nload_warning = 1000'
  await Promise.all(['syncer-ns1', 'syncer-ns2'].map((syncer) => system.reconfigure(syncer, calm)))
  await system.proxy.createZone(ZONE)
  await system.follows(ZONE)
})
afterAll(() => system?.stop())

const health = (...flags: string[]) => pdist(['health', '--config', system.lab.endpoints.config, ...flags])

test('exits as monitoring plugins do, and prints what was asked for', async () => {
  await eventually(async () => expect(await health('--once')).toMatchObject({code: 0, stderr: ''}))
  const [text, json, nagios, slow, wrong, nowhere] = await Promise.all([
    ...[health(), health('--format', 'json'), health('--format', 'nagios')],
    ...[health('--format', 'nagios', '--critical-p99', '0ms'), health('--warning-lag', '2m')],
    health('--format', 'nagios', '--broker', 'nats://127.0.0.1:1'),
  ])
  expect(text?.stdout).toMatch(/^OK {2}1 zones/)
  expect(text?.stdout).not.toContain('\u001b')
  expect(JSON.parse(json?.stdout ?? '')).toMatchObject({
    state: 'ok',
    convergence: {seconds: 300, proofs: expect.any(Number)},
    daemons: [
      {daemon: 'api-proxy', ready: true},
      {daemon: 'health-checker', leads: true},
      {daemon: 'syncer', secondary: 'ns1'},
      {daemon: 'syncer', secondary: 'ns2'},
      {daemon: 'zone-provider', leads: true},
    ],
  })
  expect(nagios?.stdout).toMatch(
    /^PDIST OK - 2 secondaries serve 1 zones\|secondaries=2;;;0 active=2[^\n]+\n$/,
  )
  expect(slow).toMatchObject({code: 2, stdout: expect.stringMatching(/^PDIST CRITICAL - one proof/)})
  expect(wrong).toMatchObject({code: 3, stdout: '', stderr: expect.stringContaining('PDIST_USAGE')})
  expect(nowhere).toMatchObject({
    code: 3,
    stdout: expect.stringMatching(/^PDIST UNKNOWN - .*\(PDIST_BROKER_UNAVAILABLE\)\n$/),
    stderr: expect.stringContaining('PDIST_BROKER_UNAVAILABLE'),
  })
})

test('warns where a daemon is missing, and is critical where a secondary is silent', async () => {
  const {lab} = system
  await lab.part('health-checker').stop()
  expect(await health('--once')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('! no health-checker'),
  })
  await lab.part('health-checker').start()
  const hasty = {env: {PDIST_HEALTH_CHECKER_INACTIVE_AFTER: '100ms'}}
  await eventually(async () => {
    const silent = await pdist(['health', '--config', lab.endpoints.config], hasty)
    expect(silent).toMatchObject({code: 2, stdout: expect.stringMatching(/! ns\d is silent/)})
  })
})

test('is live in a terminal: changes, sizes, a broker that goes and comes; and leaves the terminal as it was', async () => {
  await using terminal = await Tmux.open(SMALL)
  const {config} = system.lab.endpoints
  await terminal.run([process.execPath, `${ROOT}bin/pdist.js`, 'health', '--config', config])
  const screen = async () => (await terminal.screen()).join('\n')
  await eventually(async () => expect(await screen()).toMatch(/> ns1 +ok .*\n {2}ns2 +ok /))
  expect(await terminal.state()).toEqual({cursor: false, alternate: true})

  await system.proxy.replace(ZONE, {
    ...{name: `www.${ZONE}`, type: 'TXT', ttl: 60, changetype: 'REPLACE'},
    records: [{content: '"seen"', disabled: false}],
  })
  await eventually(async () => expect(await screen()).toMatch(/█{20} +2\/2 .*live\.example\. {2}modified/))
  const filled = async (rows: number) => {
    const lines = await terminal.screen()
    expect(lines).toHaveLength(rows)
    expect(lines[0]).toMatch(/^ OK +2 of 2 secondaries/)
    expect(lines.at(-1)).toMatch(/q quit$/)
  }
  await filled(SMALL.rows)
  await terminal.resize(LARGE)
  await eventually(async () => {
    await filled(LARGE.rows)
    expect(await screen()).toMatch(/POWERDNS +PDIST +NODE\n/)
  })
  await terminal.resize(SMALL)
  await eventually(() => filled(SMALL.rows))

  await terminal.keys('Tab', 'Enter')
  await eventually(async () => expect(await screen()).toMatch(/ns2 +current .*[\s\S]*History\n/))
  const nats = system.lab.part('nats')
  await nats.stop()
  await eventually(async () =>
    expect(await screen()).toMatch(/^ UNKNOWN .*\n! broker away since [\s\S]+last state from/),
  )
  await nats.start()
  await terminal.keys('Escape')
  await eventually(() => filled(SMALL.rows))

  await terminal.keys('q')
  await eventually(async () => expect(await terminal.state()).toEqual({cursor: true, alternate: false}))
  const prompt = async () => expect((await screen()).trimEnd()).toMatch(/\n[#$]$/)
  await eventually(prompt)
  await terminal.keys('echo "left with $?"', 'Enter')
  await eventually(async () => expect(await screen()).toContain('left with 0\n'))
  expect(await screen()).not.toContain('Convergence')
})
