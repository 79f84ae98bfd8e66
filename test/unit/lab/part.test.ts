import {access, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest'
import {Part, type PartEvent, type PartSpec} from '../../../src/lib/lab/part.js'
import {isAlive} from '../../support/processes.js'

const PATIENCE = {timeout: 10_000, interval: 5}

let dir: string
let events: PartEvent[]
let parts: Part[]
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pdist-test-'))
  events = []
  parts = []
})
afterEach(async () => {
  await Promise.all(parts.map((part) => part.stop()))
  await rm(dir, {recursive: true})
})

describe('Part', () => {
  test('is running and known by its pid when it has started, and gone when it was stopped', async () => {
    const part = partOf('exec sleep 1000')
    await part.start()
    const {pid} = part
    expect(isAlive(pid)).toBe(true)
    await part.stop()
    expect(isAlive(pid)).toBe(false)
    expect(part.pid).toBeUndefined()
    expect(events).toEqual([
      {event: 'ready', part: 'p', pid, ms: expect.any(Number)},
      {event: 'stopped', part: 'p', pid},
    ])
  })

  test('is started again after it died', async () => {
    const part = partOf('exec sleep 1000')
    await part.start()
    const {pid} = part
    await part.kill()
    expect(isAlive(pid)).toBe(false)
    await vi.waitFor(
      () => expect(events.map(({event}) => event)).toEqual(['ready', 'died', 'restarted']),
      PATIENCE,
    )
    expect(isAlive(part.pid)).toBe(true)
    expect(part.pid).not.toBe(pid)
  })

  test('stays dead where nothing is restarted, and can be started by hand', async () => {
    const part = partOf('exec sleep 1000', {restartAfterMs: undefined})
    await part.start()
    await part.kill()
    await vi.waitFor(() => expect(events.map(({event}) => event)).toEqual(['ready', 'died']), PATIENCE)
    expect(part.pid).toBeUndefined()
    await part.start()
    expect(isAlive(part.pid)).toBe(true)
  })

  test('keeps trying where a restart fails', async () => {
    const [may, up] = [join(dir, 'may'), join(dir, 'up')]
    const part = partOf(`[ -e ${may} ] || { echo may not; exit 3; }; : > ${up}; exec sleep 1000`, {
      ready: () => isThere(up),
    })
    await writeFile(may, '')
    await part.start()
    await Promise.all([rm(may), rm(up)])
    await part.kill()
    const failures = () => events.filter(({event}) => event === 'failed')
    await vi.waitFor(() => expect(failures().length).toBeGreaterThan(1), PATIENCE)
    expect(failures()[0]).toMatchObject({reason: expect.stringContaining('may not')})
    await writeFile(may, '')
    await vi.waitFor(() => expect(events.at(-1)?.event).toBe('restarted'), PATIENCE)
  })

  test('a start that fails says what was logged last', async () => {
    const part = partOf('echo Address already in use >&2; exit 7', {ready: async () => false})
    const error = await part.start().catch((reason: unknown) => reason)
    expect(error).toMatchObject({code: 'PDIST_LAB_PART_FAILED', part: 'p', portTaken: true})
    expect(String(error)).toMatch(/exit code 7[\s\S]*Address already in use/)
    expect(part.pid).toBeUndefined()
  })

  test('a start that takes too long fails, and leaves nothing running', async () => {
    const part = partOf('exec sleep 1000', {ready: async () => false, readyWithinMs: 50})
    await expect(part.start()).rejects.toThrow('was not ready within 0.05 s')
    expect(part.pid).toBeUndefined()
  })

  test('a start can be interrupted, and leaves nothing running', async () => {
    const abort = new AbortController()
    const part = partOf('exec sleep 1000', {
      ready: async () => {
        abort.abort(new Error('enough'))
        return false
      },
    })
    await expect(part.start(abort.signal)).rejects.toThrow('enough')
    expect(part.pid).toBeUndefined()
  })

  test('can be stopped while it waits for its restart', async () => {
    const part = partOf('exec sleep 1000', {restartAfterMs: 3_600_000})
    await part.start()
    await part.kill()
    await part.stop()
    expect(events.map(({event}) => event)).toEqual(['ready', 'died'])
  })

  test('one that ignores SIGTERM is killed, with what it has started', async () => {
    const part = partOf(`trap '' TERM; sleep 1000 & echo $! > ${join(dir, 'pid')}; while :; do wait; done`, {
      ready: async () => (await readFile(join(dir, 'pid'), 'utf8').catch(() => '')).endsWith('\n'),
      stopWithinMs: 50,
    })
    await part.start()
    const pids = [part.pid, Number(await readFile(join(dir, 'pid'), 'utf8'))]
    expect(pids.map(isAlive)).toEqual([true, true])
    await part.stop()
    await vi.waitFor(() => expect(pids.map(isAlive)).toEqual([false, false]), PATIENCE)
  })

  test('one that is stopped by SIGSTOP can be stopped for good', async () => {
    const part = partOf('exec sleep 1000')
    await part.start()
    const {pid} = part
    part.signal('SIGSTOP')
    await part.stop()
    expect(isAlive(pid)).toBe(false)
  })

  test('does not see what configures pdist outside of the lab', async () => {
    vi.stubEnv('PDIST_BROKER_SERVERS', 'nats://elsewhere:4222')
    const part = partOf('env; exec sleep 1000', {env: {PDIST_GIVEN: 'yes'}})
    await part.start()
    const log = () => readFile(join(dir, 'p.log'), 'utf8')
    await vi.waitFor(async () => expect(await log()).toContain('PDIST_GIVEN=yes'), PATIENCE)
    expect(await log()).not.toContain('elsewhere')
    vi.unstubAllEnvs()
  })
})

function partOf(
  script: string,
  options: Partial<PartSpec> & {restartAfterMs?: number | undefined} = {},
): Part {
  const {restartAfterMs, ...spec} = {restartAfterMs: 10, ...options}
  const part = new Part(
    {
      name: 'p',
      command: '/bin/sh',
      args: ['-c', script],
      logFile: join(dir, 'p.log'),
      ready: async () => true,
      readyWithinMs: 10_000,
      stopWithinMs: 10_000,
      ...spec,
    },
    {restartAfterMs, report: (event) => events.push(event), changed: () => undefined},
  )
  parts.push(part)
  return part
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
