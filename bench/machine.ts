import {execFile} from 'node:child_process'
import {cpus, loadavg, release, totalmem} from 'node:os'
import {promisify} from 'node:util'
import {findBinaries} from '../src/lib/lab/binaries.js'

export interface Machine {
  cores: number
  cpu: string
  memoryGiB: number
  kernel: string
  node: string
  powerdns: string
  natsServer: string
  /** Load average over a minute: what else the machine did. */
  load: number
}

/** What the figures were measured on. */
export async function machine(): Promise<Machine> {
  const {pdnsServer, natsServer} = await findBinaries('gsqlite3')
  const [cpu] = cpus()
  return {
    cores: cpus().length,
    cpu: cpu?.model ?? '',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    powerdns: await versionOf(pdnsServer),
    natsServer: await versionOf(natsServer),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  }
}

async function versionOf(program: string): Promise<string> {
  // pdns_server says it on stderr, and ends with 99.
  const said = await promisify(execFile)(program, ['--version']).catch(
    (error: {stdout: string; stderr: string}) => error,
  )
  return /\d+\.\d+\.\d+\S*/.exec(`${said.stdout}${said.stderr.split('\n')[0] ?? ''}`)?.[0] ?? 'unknown'
}
