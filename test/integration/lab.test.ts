import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, readFileSync} from 'node:fs'
import {mkdtemp, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {text} from 'node:stream/consumers'
import {fileURLToPath} from 'node:url'
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest'
import {LabApi} from '../../src/lib/lab/api-call.js'
import type {LabEndpoints} from '../../src/lib/lab/endpoints.js'
import {Lab, type LabOptions} from '../../src/lib/lab/lab.js'
import type {PartEvent} from '../../src/lib/lab/part.js'
import {ipv4Sockets, isAlive, processesOf} from '../support/processes.js'

const PDIST = fileURLToPath(new URL('../../bin/pdist.js', import.meta.url))
const PATIENCE = {timeout: 30_000, interval: 20}
const CACHED = {secondaries: 2, backend: 'gsqlite3', ipv6: false, cache: true, restart: true} as const

let temporary: string
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'pdist-test-'))
  vi.stubEnv('TMPDIR', temporary)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(temporary, {recursive: true})
})

describe('the servers', () => {
  test('run, and leave nothing behind', async () => {
    const lab = await startServers()
    const {endpoints} = lab
    const pids = pidsOf(endpoints)
    expect(pids).toHaveLength(4)
    expect(pids.every(isAlive)).toBe(true)
    expect(lab.partNames).toEqual(['nats', 'primary', 'ns1', 'ns2'])
    await lab.stop()
    expect(pids.some(isAlive)).toBe(false)
    expect(await readdir(temporary)).toEqual([])
  })

  test('that died are restarted, and lab.json knows their new pids', async () => {
    const events: PartEvent[] = []
    await using lab = await startServers({report: (event) => events.push(event)})
    const before = lab.endpoints
    expect(fileOf(before)).toEqual(before)
    const killed = ['nats', 'ns2', 'primary']
    await Promise.all(killed.map((name) => lab.part(name).kill()))
    await vi.waitFor(() => {
      const restarted = events.flatMap(({event, part}) => (event === 'restarted' ? [part] : []))
      expect(restarted.sort()).toEqual(killed)
    }, PATIENCE)
    await vi.waitFor(() => expect(fileOf(before)).toEqual(lab.endpoints), PATIENCE)
    const after = lab.endpoints
    expect(pidsOf(after)).toHaveLength(4)
    expect(pidsOf(after).filter((pid) => pidsOf(before).includes(pid))).toEqual([after.secondaries[0]?.pid])
  })

  test('that died stay dead where nothing is restarted, and the others are stopped all the same', async () => {
    const lab = await startServers({restart: false})
    const pids = pidsOf(lab.endpoints)
    await lab.part('ns1').kill()
    await vi.waitFor(() => expect(fileOf(lab.endpoints).secondaries[0]?.pid).toBeNull(), PATIENCE)
    await lab.stop()
    expect(pids.some(isAlive)).toBe(false)
    expect(await readdir(temporary)).toEqual([])
  })

  test('with LMDB and IPv6 have not one IPv4 socket, and serve what the API is given', async () => {
    await using lab = await startServers({backend: 'lmdb', ipv6: true, secondaries: 1})
    const {endpoints} = lab
    expect(pidsOf(endpoints).flatMap(ipv4Sockets)).toEqual([])
    expect(JSON.stringify(endpoints)).not.toContain('127.0.0.1')
    expect(await createZone(endpoints)).toBe(201)
  })

  test('with SQLite and no caches serve what the API is given', async () => {
    await using lab = await startServers({cache: false})
    expect(await createZone(lab.endpoints)).toBe(201)
  })

  test('a directory that was asked for is kept, and must be empty', async () => {
    const dir = join(temporary, 'kept')
    const lab = await startServers({dir, secondaries: 1})
    await lab.stop()
    expect(await readdir(dir)).toContain('primary.log')
    expect(existsSync(join(dir, 'lab.json'))).toBe(false)
    await expect(startServers({dir})).rejects.toMatchObject({code: 'PDIST_LAB_DIRECTORY'})
  })

  test('a start that is interrupted leaves nothing behind', async () => {
    const abort = new AbortController()
    const report = () => abort.abort(new Error('enough'))
    await expect(startServers({signal: abort.signal, report})).rejects.toThrow('enough')
    expect(processesOf(temporary)).toEqual([])
    expect(await readdir(temporary)).toEqual([])
  })
})

describe('pdist lab', () => {
  test('prints one line when the daemons are ready; a change through the proxy reaches the primary', async () => {
    await using lab = await startCommand(['--ipv6', '--backend', 'lmdb'])
    const {endpoints} = lab
    expect(endpoints.daemons.map(({role}) => role)).toEqual([
      'api-proxy',
      'zone-provider',
      'syncer',
      'syncer',
      'health-checker',
    ])
    expect(pidsOf(endpoints).every(isAlive)).toBe(true)
    expect(pidsOf(endpoints).flatMap(ipv4Sockets)).toEqual([])
    const zones = '/api/v1/servers/localhost/zones'
    const body = {name: 'example.org.', kind: 'Native'}
    using api = await LabApi.open(endpoints.proxy)
    await api.call({method: 'POST', path: zones, body}, AbortSignal.timeout(20_000))
    const listed = await api.call({method: 'GET', path: zones}, AbortSignal.timeout(20_000))
    expect(JSON.parse(listed)).toMatchObject([{name: 'example.org.'}])
    expect(await lab.end('SIGTERM')).toEqual({code: 0, signal: null, stdout: ''})
    expect(pidsOf(endpoints).some(isAlive)).toBe(false)
    expect(await readdir(temporary)).toEqual([])
  })

  test('restarts a daemon that died, and stops also when a part has just died', async () => {
    await using lab = await startCommand(['--secondaries', '1'])
    const {endpoints} = lab
    const syncer = () => fileOf(endpoints).daemons.find(({role}) => role === 'syncer')?.pid
    const before = syncer()
    process.kill(before ?? 0, 'SIGKILL')
    await vi.waitFor(() => {
      expect(isAlive(syncer())).toBe(true)
      expect(syncer()).not.toBe(before)
    }, PATIENCE)
    const pids = pidsOf(fileOf(endpoints))
    process.kill(endpoints.nats.pid ?? 0, 'SIGKILL')
    expect(await lab.end('SIGINT')).toMatchObject({code: 0})
    expect(pids.some(isAlive)).toBe(false)
    expect(await readdir(temporary)).toEqual([])
  })

  test('leaves no process when it is killed itself', async () => {
    await using lab = await startCommand(['--secondaries', '1'])
    const pids = pidsOf(lab.endpoints)
    await lab.end('SIGKILL')
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), PATIENCE)
  })

  test('--exec runs a command with the endpoints in its environment, and ends with its exit code', async () => {
    const command = 'printf "%s\\n" "$PDIST_LAB_JSON" "$PDNS_API_URL"; cat "$PDIST_CONFIG"; exit 7'
    await using lab = await startCommand(['--secondaries', '1', '--exec', command])
    const {stdout, code} = await lab.ended()
    expect(code).toBe(7)
    const [json = '', url, ...config] = stdout.split('\n')
    expect(JSON.parse(json)).toMatchObject({dir: lab.endpoints.dir, proxy: {url}})
    expect(config).toContain('[broker]')
    expect(pidsOf(lab.endpoints).some(isAlive)).toBe(false)
    expect(await readdir(temporary)).toEqual([])
  })
})

function startServers(options: Partial<LabOptions> = {}): Promise<Lab> {
  return Lab.start({...CACHED, daemons: false, ...options})
}

interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  /** What came after the first line. */
  stdout: string
}

async function startCommand(flags: string[]) {
  const child = spawn(process.execPath, [PDIST, 'lab', '--json', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {...process.env, TMPDIR: temporary},
  })
  const errors = text(child.stderr)
  const exited = once(child, 'exit')
  const lines: string[] = []
  const reader = createInterface(child.stdout).on('line', (line) => lines.push(line))
  const closed = once(reader, 'close')
  await Promise.race([once(reader, 'line'), closed])
  const [first] = lines.splice(0, 1)
  if (first === undefined) throw new Error(`pdist lab did not start: ${await errors}`)
  const ended = async (): Promise<Ended> => {
    const [code, signal] = await exited
    await closed
    return {code, signal, stdout: lines.join('\n')}
  }
  return {
    endpoints: JSON.parse(first) as LabEndpoints,
    ended,
    end: async (signal: NodeJS.Signals) => {
      child.kill(signal)
      return await ended()
    },
    [Symbol.asyncDispose]: () => finish(child, exited),
  }
}

async function finish(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
  await exited
}

async function createZone({primary}: LabEndpoints): Promise<number> {
  const response = await fetch(`${primary.apiUrl}/api/v1/servers/localhost/zones`, {
    method: 'POST',
    headers: {'x-api-key': primary.apiKey, connection: 'close'},
    body: JSON.stringify({name: 'example.org.', kind: 'Native'}),
  })
  return response.status
}

/** Of what is running. */
function pidsOf({nats, primary, secondaries, daemons}: LabEndpoints): number[] {
  return [nats, primary, ...secondaries, ...daemons].flatMap(({pid}) => pid ?? [])
}

function fileOf({dir}: LabEndpoints): LabEndpoints {
  return JSON.parse(readFileSync(join(dir, 'lab.json'), 'utf8'))
}
