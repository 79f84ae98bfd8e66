import {closeSync, mkdtempSync, openSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import {messageOf, NotifyChannel} from '../../../src/daemons/notify-channel.js'
import {ServiceManager, statusOf, watchdogMs} from '../../../src/daemons/service-manager.js'
import {silentLogger} from '../../../src/lib/logger.js'
import {Readiness} from '../../../src/lib/metrics/readiness.js'

const full = Object.assign(new Error('full'), {code: 'EAGAIN'})
const gone = Object.assign(new Error('gone'), {code: 'ECONNREFUSED'})

describe('a message', () => {
  it('has a line for each assignment, and only those', () => {
    expect(messageOf({READY: '1', STATUS: 'at work\nMAINPID=1'})).toBe('READY=1\nSTATUS=at work MAINPID=1')
  })
})

describe('a channel', () => {
  it('tells together what came while the queue was full, the newest of each', async () => {
    const told: string[] = []
    let fails = 2
    const channel = new NotifyChannel((message) => {
      if (fails-- > 0) throw full
      told.push(message)
    }, vi.fn())
    channel.tell({READY: '1'})
    channel.tell({STATUS: 'waiting for broker'})
    channel.tell({STATUS: 'at work'})
    expect(told).toEqual([])
    await vi.waitUntil(() => told.length > 0)
    expect(told).toEqual(['READY=1\nSTATUS=at work'])
    channel.tell({WATCHDOG: '1'})
    expect(told[1]).toBe('WATCHDOG=1')
  })

  it('gives up once where nobody listens any more', () => {
    const write = vi.fn(() => {
      throw gone
    })
    const onLost = vi.fn()
    const channel = new NotifyChannel(write, onLost)
    channel.tell({WATCHDOG: '1'})
    channel.tell({WATCHDOG: '1'})
    expect(write).toHaveBeenCalledTimes(1)
    expect(onLost).toHaveBeenCalledExactlyOnceWith(gone)
  })
})

describe('the service manager', () => {
  let folder = ''
  let fd = -1
  const told = () => readFileSync(join(folder, 'told'), 'utf8')

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pdist-told-'))
    // A file takes what a socket would.
    fd = openSync(join(folder, 'told'), 'w')
  })

  afterEach(() => {
    vi.useRealTimers()
    closeSync(fd)
    rmSync(folder, {recursive: true})
  })

  const manager = (more: object = {}, patienceMs = 60_000) =>
    new ServiceManager({environment: {PDIST_NOTIFY_FD: String(fd), ...more}, log: silentLogger, patienceMs})

  it('is told of readiness once, and of every change of what is waited for', () => {
    using working = manager()
    const readiness = new Readiness()
    readiness.expect('started', 'broker')
    working.follow(readiness)
    expect(told()).toBe('STATUS=waiting for broker')
    readiness.set('broker', true)
    readiness.set('started', true)
    readiness.set('broker', false)
    readiness.set('broker', true)
    working.stopping()
    const all = ['starting', 'at workREADY=1', 'waiting for broker', 'at workSTOPPING=1']
    expect(told()).toBe(`STATUS=waiting for broker${all.map((status) => `STATUS=${status}`).join('')}`)
  })

  it('takes a start that only waits for others as done after a while', async () => {
    using waiting = manager({}, 20)
    const readiness = new Readiness()
    readiness.expect('started', 'broker')
    waiting.follow(readiness)
    await vi.waitUntil(() => told().endsWith('READY=1'))
  })

  it('hears that the process is alive twice in the time that it gives, until the end', () => {
    vi.useFakeTimers()
    const alive = manager({WATCHDOG_USEC: '30000000', WATCHDOG_PID: String(process.pid)})
    vi.advanceTimersByTime(60_000)
    expect(told()).toBe('WATCHDOG=1'.repeat(4))
    alive[Symbol.dispose]()
    vi.advanceTimersByTime(60_000)
    expect(told()).toBe('WATCHDOG=1'.repeat(4))
  })

  it('is told nothing where there is none', () => {
    using none = new ServiceManager({environment: {}, log: silentLogger})
    const readiness = new Readiness()
    none.follow(readiness)
    readiness.set('broker', true)
    none.stopping()
    expect(told()).toBe('')
  })
})

it.each([
  [['started', 'running'], 'stopping'],
  [['started', 'broker', 'powerdns'], 'waiting for broker, powerdns'],
  [['started'], 'starting'],
  [[], 'at work'],
])('names %j as "%s"', (missing, status) => {
  expect(statusOf(missing)).toBe(status)
})

it.each([
  [{}, undefined],
  [{WATCHDOG_USEC: '30000000'}, 30_000],
  [{WATCHDOG_USEC: '30000000', WATCHDOG_PID: String(process.pid)}, 30_000],
  [{WATCHDOG_USEC: '30000000', WATCHDOG_PID: '1'}, undefined],
  [{WATCHDOG_USEC: 'soon'}, undefined],
])('reads %j as %j', (environment, ms) => {
  expect(watchdogMs(environment)).toBe(ms)
})
