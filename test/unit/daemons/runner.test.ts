import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process'
import {once} from 'node:events'
import {fileURLToPath} from 'node:url'
import {afterEach, describe, expect, it, vi} from 'vitest'

const HOOKS = fileURLToPath(new URL('../../support/typescript-hooks.mjs', import.meta.url))
const CHILD = fileURLToPath(new URL('../../support/daemon-child.ts', import.meta.url))

type Entry = Record<string, unknown>

/** A real process that runs a daemon through the runner; its log is read as it comes. */
class Child {
  readonly #process: ChildProcessWithoutNullStreams
  #stdout = ''
  #stderr = ''

  constructor(behaviour: string, {stopWithinMs = 10_000, env = {}} = {}) {
    this.#process = spawn(process.execPath, ['--import', HOOKS, CHILD, behaviour, String(stopWithinMs)], {
      env: {...process.env, ...env},
    })
    this.#process.stdout.on('data', (data) => {
      this.#stdout += data
    })
    this.#process.stderr.on('data', (data) => {
      this.#stderr += data
    })
  }

  get log(): Entry[] {
    const lines = this.#stdout.slice(0, this.#stdout.lastIndexOf('\n') + 1).split('\n')
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Entry)
  }

  get closed(): unknown[] {
    return this.entries('closed').map(({what}) => what)
  }

  get stderr(): string {
    return this.#stderr
  }

  entries(event: string): Entry[] {
    return this.log.filter((entry) => entry.event === event)
  }

  async entry(event: string): Promise<Entry> {
    return vi.waitUntil(() => this.entries(event)[0], {timeout: 15_000, interval: 5})
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  closeStdin(): void {
    this.#process.stdin.end()
  }

  /** The exit code, or the signal that killed it. */
  async exit(): Promise<number | string> {
    const {exitCode, signalCode} = this.#process
    const [code, signal] =
      exitCode === null && signalCode === null ? await once(this.#process, 'close') : [exitCode, signalCode]
    return code ?? signal
  }

  async end(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.exit()
  }
}

const children: Child[] = []

function run(...parameters: ConstructorParameters<typeof Child>): Child {
  const child = new Child(...parameters)
  children.push(child)
  return child
}

afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.end()))
})

describe('a daemon that is told to stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'closes what it opened in reverse order after %s',
    async (signal) => {
      const child = run('working')
      await child.entry('daemon.started')
      child.kill(signal)
      expect(await child.exit()).toBe(0)
      expect(child.closed).toEqual(['loop', 'broker'])
      expect(await child.entry('daemon.stopping')).toMatchObject({
        because: signal,
        open: ['loop', 'broker', 'metrics server'],
      })
      expect(child.entries('daemon.stopped')).toHaveLength(1)
      expect(child.stderr).toBe('')
    },
  )

  it('stops at once while its start still waits for something', async () => {
    const child = run('waiting')
    await child.entry('waiting')
    child.kill('SIGTERM')
    expect(await child.exit()).toBe(0)
    expect(child.entries('daemon.started')).toEqual([])
  })

  it('closes also what a start opens after the signal', async () => {
    const child = run('lateOpener')
    await child.entry('waiting')
    child.kill('SIGTERM')
    expect(await child.exit()).toBe(0)
    expect(child.closed).toEqual(['late'])
  })

  it('gives up at the deadline and says what was still open', async () => {
    const child = run('stuck', {stopWithinMs: 100})
    await child.entry('daemon.started')
    child.kill('SIGTERM')
    expect(await child.exit()).toBe(1)
    expect(await child.entry('daemon.stop_forced')).toMatchObject({
      because: 'deadline',
      open: ['zones in flight', 'broker', 'metrics server'],
    })
  })

  it('is in time when it gives up what it waits for at the deadline', async () => {
    const child = run('slow', {stopWithinMs: 100})
    await child.entry('daemon.started')
    child.kill('SIGTERM')
    expect(await child.exit()).toBe(0)
  })

  it('gives up on a start that does not listen', async () => {
    const child = run('deaf', {stopWithinMs: 100})
    await child.entry('waiting')
    child.kill('SIGTERM')
    expect(await child.exit()).toBe(1)
    expect(await child.entry('daemon.stop_forced')).toMatchObject({open: ['start', 'metrics server']})
  })

  it('ends at the second signal', async () => {
    const child = run('stuck')
    await child.entry('daemon.started')
    child.kill('SIGTERM')
    await child.entry('daemon.stopping')
    child.kill('SIGINT')
    expect(await child.exit()).toBe(1)
    expect(await child.entry('daemon.stop_forced')).toMatchObject({because: 'SIGINT'})
  })

  it('exits with 1 when something fails to close, and closes the rest', async () => {
    const child = run('unclosable')
    await child.entry('daemon.started')
    child.kill('SIGTERM')
    expect(await child.exit()).toBe(1)
    expect(await child.entry('daemon.close_failed')).toMatchObject({
      what: 'journal',
      error: {message: 'disk full'},
    })
    expect(child.closed).toEqual(['broker'])
  })
})

describe('a daemon whose parent goes away', () => {
  it('stops when it was asked to', async () => {
    const child = run('working', {env: {PDIST_EXIT_WITH_PARENT: '1'}})
    await child.entry('daemon.started')
    child.closeStdin()
    expect(await child.exit()).toBe(0)
    expect(await child.entry('daemon.stopping')).toMatchObject({because: 'orphaned'})
  })

  it('takes a signal that follows for the first', async () => {
    const child = run('slow', {stopWithinMs: 300, env: {PDIST_EXIT_WITH_PARENT: '1'}})
    await child.entry('daemon.started')
    child.closeStdin()
    await child.entry('daemon.stopping')
    child.kill('SIGTERM')
    expect(await child.exit()).toBe(0)
  })

  it('goes on otherwise', async () => {
    const child = run('working')
    const {url} = await child.entry('metrics.listening')
    child.closeStdin()
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    child.kill('SIGTERM')
    expect(await child.exit()).toBe(0)
    expect(child.entries('daemon.stopping')).toMatchObject([{because: 'SIGTERM'}])
  })
})

describe('a daemon that fails', () => {
  it('closes what a failed start had opened, and says why', async () => {
    const child = run('failing')
    expect(await child.exit()).toBe(1)
    expect(child.closed).toEqual(['broker'])
    expect(child.stderr).toBe('PDIST_NO_LUCK\n')
    expect(await child.entry('daemon.failed')).toMatchObject({
      level: 'fatal',
      because: 'start-failed',
      error: {code: 'PDIST_NO_LUCK', hints: ['Try tomorrow']},
    })
  })

  it.each([
    ['loopFails', 'failed', 'lost it'],
    ['loopEnds', 'failed', 'loop ended although nothing told it to'],
    ['crash', 'crash', 'a bug'],
    ['rejection', 'crash', 'a forgotten promise'],
  ])('%s: exits with 1 and the error in the log', async (behaviour, because, message) => {
    const child = run(behaviour)
    expect(await child.exit()).toBe(1)
    expect(await child.entry('daemon.failed')).toMatchObject({because, error: {message}})
  })

  it('closes the rest when an endless task fails', async () => {
    const child = run('loopFails')
    expect(await child.exit()).toBe(1)
    expect(child.closed).toEqual(['broker'])
  })
})

describe('a daemon seen from outside', () => {
  it('answers from its first moment on, and is ready when it has started', async () => {
    const waiting = run('waiting')
    const waitingUrl = (await waiting.entry('metrics.listening')).url
    expect((await fetch(`${waitingUrl}/healthz`)).status).toBe(200)
    const unready = await fetch(`${waitingUrl}/readyz`)
    expect(unready.status).toBe(503)
    expect(await unready.json()).toEqual({ready: false, missing: ['started']})

    const working = run('working')
    const {url} = await working.entry('metrics.listening')
    await working.entry('daemon.started')
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    const metrics = await (await fetch(`${url}/metrics`)).text()
    expect(metrics).toContain('pdist_build_info{version="0.0.0",daemon="test"} 1')
    expect(metrics).toContain('pdist_ready{condition="broker",daemon="test"} 1')
  })
})
