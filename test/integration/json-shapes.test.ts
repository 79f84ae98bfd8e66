import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, onTestFinished, test} from 'vitest'
import {Slots} from '../../src/lib/async/slots.js'
import type {Broker} from '../../src/lib/broker/connection.js'
import {Control} from '../../src/lib/broker/control.js'
import {rrset} from '../support/api-client.js'
import {eventually} from '../support/eventually.js'
import {plan, withTls} from '../support/json-examples.js'
import {SAMPLES, type Sample} from '../support/json-samples.js'
import {type Finished, pdist, ROOT} from '../support/pdist.js'
import {openBroker} from '../support/settled.js'
import {shapeOf} from '../support/shape.js'
import {manifestCommands} from '../support/surface.js'
import {TestSystem} from '../support/system.js'

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
