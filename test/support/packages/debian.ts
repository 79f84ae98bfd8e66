import {type ChildProcess, execFile, spawn} from 'node:child_process'
import {once} from 'node:events'
import {chmodSync, readFileSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {archiveOf, type Suite, unpack} from '../debian-roots.js'
import {eventually} from '../eventually.js'

/** systemd, and what pdist depends on: dpkg alone is to install it. */
const INCLUDED = 'systemd,systemd-sysv,dbus,adduser,libstdc++6,ca-certificates'
/** systemd(1): halt the machine. */
const SHUT_DOWN = 37
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin'

export interface Outcome {
  code: number
  stdout: string
  stderr: string
}

/** A fresh Debian system with a running systemd, in a folder; it has this machine's network. */
export class Debian {
  readonly root: string
  readonly #nspawn: ChildProcess
  #init = 0

  private constructor(root: string, nspawn: ChildProcess) {
    this.root = root
    this.#nspawn = nspawn
  }

  static async boot(suite: Suite): Promise<Debian> {
    const root = unpack(archiveOf(suite, suite, INCLUDED), `pdist-${suite}-`)
    // A folder of mkdtemp is its owner's alone, and so would be everything in this system.
    chmodSync(root, 0o755)
    const parameters = ['--directory', root, '--boot', '--register=no', '--keep-unit', '--console=read-only']
    // systemd of Debian 13 boots with the unified hierarchy only.
    const env = {...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1'}
    const nspawn = spawn('systemd-nspawn', parameters, {env, stdio: 'ignore'})
    const debian = new Debian(root, nspawn)
    try {
      await debian.#booted()
    } catch (error) {
      await debian.stop()
      throw error
    }
    return debian
  }

  path(name: string): string {
    return join(this.root, name)
  }

  /** Runs a program in it; rejects unless it exits with 0. */
  async run(program: string, ...parameters: string[]): Promise<string> {
    const {code, stdout, stderr} = await this.try(program, ...parameters)
    if (code !== 0)
      throw new Error(`${program} ${parameters.join(' ')}: exit code ${code}\n${stdout}${stderr}`)
    return stdout
  }

  /** As `run`, whatever the exit code. */
  async try(program: string, ...parameters: string[]): Promise<Outcome> {
    const env = [
      'env',
      '--ignore-environment',
      '--chdir=/',
      `PATH=${PATH}`,
      'HOME=/root',
      'DEBIAN_FRONTEND=noninteractive',
      'LC_ALL=C',
    ]
    const inside = ['--target', String(this.#init), '--all', ...env, program, ...parameters]
    try {
      const {stdout, stderr} = await promisify(execFile)('nsenter', inside, {maxBuffer: 2 ** 26})
      return {code: 0, stdout, stderr}
    } catch (error) {
      const {code, stdout, stderr} = error as {code?: unknown; stdout?: string; stderr?: string}
      if (typeof code !== 'number') throw error
      return {code, stdout: stdout ?? '', stderr: stderr ?? ''}
    }
  }

  /** What systemd knows of a unit: `MainPID`, `StatusText`, `ActiveState`, … */
  async unit(name: string): Promise<Readonly<Record<string, string>>> {
    const text = await this.run('systemctl', 'show', name)
    return Object.fromEntries(
      text.split('\n').map((line) => [line.split('=', 1)[0], line.replace(/^[^=]*=/, '')]),
    )
  }

  /** Shuts it down and removes it. */
  async stop(): Promise<void> {
    if (this.#nspawn.exitCode === null && this.#nspawn.signalCode === null) {
      const closed = once(this.#nspawn, 'close')
      if (this.#init > 0) process.kill(this.#init, SHUT_DOWN)
      else this.#nspawn.kill('SIGTERM')
      await closed
    }
    rmSync(this.root, {recursive: true, force: true})
  }

  async #booted(): Promise<void> {
    await eventually(async () => {
      const {pid, exitCode} = this.#nspawn
      if (exitCode !== null) throw new Error(`systemd-nspawn ended with ${exitCode}`)
      this.#init = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
      const {stdout} = await this.try('systemctl', 'is-system-running')
      if (!/^(running|degraded)$/m.test(stdout)) throw new Error(`the system is ${stdout.trim()}`)
    })
  }
}
