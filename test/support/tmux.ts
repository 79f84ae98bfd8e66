import {execFile} from 'node:child_process'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {ROOT} from './pdist.js'

const run = promisify(execFile)

export interface Size {
  columns: number
  rows: number
}

/** A real terminal with a shell in it, whose screen can be read. It has a tmux server of its own, which ends with it. */
export class Tmux implements AsyncDisposable {
  readonly #directory: string

  private constructor(directory: string) {
    this.#directory = directory
  }

  static async open({columns, rows}: Size, env: Record<string, string> = {}): Promise<Tmux> {
    const tmux = new Tmux(await mkdtemp(join(tmpdir(), 'pdist-tmux-')))
    const variables = {PDIST_CONFIG: '/dev/null', ...env}
    const settings = Object.entries(variables).flatMap(([name, value]) => ['-e', `${name}=${value}`])
    const shell = ['-x', `${columns}`, '-y', `${rows}`, ...settings, 'sh']
    await tmux.#tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'test', '-c', ROOT, ...shell)
    return tmux
  }

  /** Runs a command in the shell, as if somebody had typed it. */
  async run(command: readonly string[]): Promise<void> {
    await this.#tmux('send-keys', '-t', 'test', '-l', command.map((word) => `'${word}'`).join(' '))
    await this.keys('Enter')
  }

  /** Keys by tmux's names, e.g. `Enter`, `C-c`; other text is typed. */
  async keys(...keys: string[]): Promise<void> {
    await this.#tmux('send-keys', '-t', 'test', ...keys)
  }

  async resize({columns, rows}: Size): Promise<void> {
    await this.#tmux('resize-window', '-t', 'test', '-x', `${columns}`, '-y', `${rows}`)
  }

  /** The lines on the screen, without what is behind their last character. */
  async screen(): Promise<string[]> {
    const text = await this.#tmux('capture-pane', '-p', '-t', 'test')
    return text.replace(/\n$/, '').split('\n')
  }

  /** Whether the cursor is to be seen, and whether a program has the other screen. */
  async state(): Promise<{cursor: boolean; alternate: boolean}> {
    const flags = await this.#tmux('display', '-p', '-t', 'test', '#{cursor_flag} #{alternate_on}')
    const [cursor, alternate] = flags.trim().split(' ')
    return {cursor: cursor === '1', alternate: alternate === '1'}
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux('kill-server')
    await rm(this.#directory, {recursive: true, force: true})
  }

  async #tmux(...parameters: string[]): Promise<string> {
    const {stdout} = await run('tmux', ['-S', join(this.#directory, 'socket'), ...parameters], {
      env: {...process.env, LC_ALL: 'C.UTF-8', TERM: 'xterm-256color'},
    })
    return stdout
  }
}
