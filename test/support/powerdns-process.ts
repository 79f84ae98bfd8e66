import {type ChildProcess, execFileSync, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {type IncomingMessage, request} from 'node:http'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

const SCHEMA = '/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql'
const DOCUMENTED_SCHEMA = '/usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql'

/** A real pdns_server (API on) on free loopback ports, in a directory of its own. */
export interface PowerDnsProcess {
  readonly apiPort: number
  readonly apiKey: string
  readonly child: ChildProcess
  /** Calls the API directly, not through any proxy. The path is sent as it is. */
  api(method: string, path: string, body?: unknown): Promise<{status: number; text: string}>
  stop(): Promise<void>
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** With gsqlite3, unless the settings have `launch=lmdb`. */
export async function startPowerDns(settings: Record<string, string> = {}): Promise<PowerDnsProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'pdist-powerdns-'))
  const apiKey = 'secret-of-the-test'
  const apiPort = await freePort()
  const config = {
    ...(settings.launch === 'lmdb' ? lmdbIn(directory) : sqliteIn(directory)),
    'local-address': '127.0.0.1',
    'local-port': String(await freePort()),
    'socket-dir': directory,
    api: 'yes',
    'api-key': apiKey,
    'webserver-address': '127.0.0.1',
    'webserver-port': String(apiPort),
    primary: 'yes',
    ...settings,
  }
  const lines = Object.entries(config).map(([name, value]) => `${name}=${value}\n`)
  await writeFile(join(directory, 'pdns.conf'), lines.join(''))
  const child = spawn('pdns_server', [`--config-dir=${directory}`, '--guardian=no', '--daemon=no'], {
    stdio: 'ignore',
  })
  const api: PowerDnsProcess['api'] = async (method, path, body) => {
    const headers = {'x-api-key': apiKey}
    const sent = request({host: '127.0.0.1', port: apiPort, method, path, headers})
    sent.end(body === undefined ? undefined : JSON.stringify(body))
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    return {status: response.statusCode ?? 0, text: (await response.toArray()).join('')}
  }
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    }
    await rm(directory, {recursive: true, force: true})
  }
  await untilAnswering(api, stop)
  return {apiPort, apiKey, child, api, stop}
}

function lmdbIn(directory: string): Record<string, string> {
  return {'lmdb-filename': join(directory, 'zones.lmdb')}
}

function sqliteIn(directory: string): Record<string, string> {
  const database = join(directory, 'zones.sqlite3')
  createDatabase(database)
  return {launch: 'gsqlite3', 'gsqlite3-database': database, 'gsqlite3-dnssec': 'yes'}
}

function createDatabase(file: string): void {
  const read = (schema: string) => execFileSync('sqlite3', [file, `.read ${schema}`], {stdio: 'pipe'})
  try {
    read(SCHEMA)
  } catch {
    read(DOCUMENTED_SCHEMA)
  }
}

async function untilAnswering(api: PowerDnsProcess['api'], stop: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 15_000
  for (;;) {
    try {
      const {status} = await api('GET', '/api/v1/servers/localhost')
      if (status === 200) return
    } catch (error) {
      if (Date.now() > deadline) {
        await stop()
        throw error
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
