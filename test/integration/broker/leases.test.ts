import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process'
import {once} from 'node:events'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Broker} from '../../../src/lib/broker/connection.js'
import {Lease, type LeaseLoss, type LeaseOptions} from '../../../src/lib/broker/leases.js'
import {eventually} from '../../support/eventually.js'
import {NatsProcess} from '../../support/nats-process.js'
import {optionsFor, TestBroker, TOPOLOGY} from './fixture.js'

const HOOKS = fileURLToPath(new URL('../../support/typescript-hooks.mjs', import.meta.url))
const CHILD = fileURLToPath(new URL('../../support/lease-child.ts', import.meta.url))
const TTL_MS = 1500

let nats: NatsProcess
beforeAll(async () => {
  nats = await NatsProcess.start()
})
afterAll(() => nats[Symbol.asyncDispose]())

/** One that wants the lease `it`, from now on and until it is disposed of. */
class Contender implements AsyncDisposable {
  readonly told: Array<'held' | LeaseLoss> = []
  readonly refusals: Array<{by: string | undefined; forMs: number}> = []
  readonly troubles: Error[] = []
  readonly lease: Lease
  readonly #ending = new AbortController()
  readonly #holding: Promise<void>

  constructor(broker: Broker, session: string, fields: Partial<LeaseOptions> = {}) {
    this.lease = new Lease(broker, {
      name: 'it',
      holder: {id: session, session, host: 'here', pid: 1},
      topology: TOPOLOGY,
      ttlMs: TTL_MS,
      onHeld: () => this.told.push('held'),
      onLost: (because) => this.told.push(because),
      onRefused: (by, forMs) => this.refusals.push({by: by?.session, forMs}),
      onTrouble: (error) => this.troubles.push(error),
      ...fields,
    })
    this.#holding = this.lease.hold(this.#ending.signal)
  }

  async holds(): Promise<void> {
    await eventually(() => expect(this.lease.held).toBe(true))
  }

  async refused(times = 1): Promise<void> {
    const before = this.refusals.length
    await eventually(() => expect(this.refusals.length).toBeGreaterThanOrEqual(before + times))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    await this.#holding
  }
}

/** A holder in a process of its own, which can be stopped and killed. */
class Child {
  readonly lines: Array<{what: string; at: number}> = []
  readonly #process: ChildProcessWithoutNullStreams

  constructor(prefix: string) {
    const parameters = ['--import', HOOKS, CHILD, nats.url, prefix, 'it', String(TTL_MS)]
    this.#process = spawn(process.execPath, parameters)
    let rest = ''
    this.#process.stdout.on('data', (data) => {
      const lines = `${rest}${data}`.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const [what = '', at] = line.split(' ')
        this.lines.push({what, at: Number(at)})
      }
    })
  }

  async tells(what: string, after = 0): Promise<void> {
    await eventually(() => expect(this.lines.slice(after).map((line) => line.what)).toContain(what))
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await exited
  }
}

/** Who holds the lease, once it is one that did not have it before. */
function nextOf(contenders: readonly Contender[], had: ReadonlySet<Contender>): Promise<Contender> {
  return eventually(() => {
    const holder = contenders.find((each) => each.lease.held && !had.has(each))
    if (!holder) throw new Error('nobody new holds it')
    return holder
  })
}

describe('a lease', () => {
  it('is held by one, kept for longer than it is good for, and passed on at once when it is given back', async () => {
    await using test = await TestBroker.open(nats)
    const first = new Contender(test.broker, 'first')
    await first.holds()
    await using second = new Contender(test.broker, 'second')
    // Looked at for more than two times its length.
    await second.refused(15)
    expect(first.told).toEqual(['held'])
    expect(second.told).toEqual([])
    expect(second.refusals[0]).toEqual({by: 'first', forMs: 0})
    expect(second.refusals.at(-1)?.forMs).toBeGreaterThan(TTL_MS)
    const before = second.refusals.length
    await first[Symbol.asyncDispose]()
    await second.holds()
    expect(first.told).toEqual(['held', 'given back'])
    // It did not wait for the lease to end.
    expect(second.refusals.length - before).toBeLessThanOrEqual(2)
    expect([...first.troubles, ...second.troubles]).toEqual([])
  })

  it('is held by no two of many at any moment, who come, go and are cut off', async () => {
    await using test = await TestBroker.open(nats)
    const brokers = await Promise.all(
      Array.from({length: 6}, () => Broker.connect(optionsFor(nats, {prefix: test.broker.names.prefix}))),
    )
    const living = brokers.map((broker, index) => new Contender(broker, `c${index}`))
    const leases = living.map(({lease}) => lease)
    let most = 0
    const watch = setInterval(() => {
      most = Math.max(most, leases.filter(({held}) => held).length)
    }, 1)
    const had = new Set<Contender>()
    try {
      while (had.size < living.length) {
        const holder = await nextOf(living, had)
        had.add(holder)
        // By turns as one ends in order, and as a broken cable ends it: nothing is given back then.
        if (had.size % 2 === 1) await holder[Symbol.asyncDispose]()
        else await brokers[living.indexOf(holder)]?.nc.close()
      }
    } finally {
      clearInterval(watch)
      await Promise.all(living.map((contender) => contender[Symbol.asyncDispose]()))
      await Promise.all(brokers.map((broker) => broker.close()))
    }
    expect(most).toBe(1)
  })

  it('of a killed holder is taken over when it has ended, not earlier', async () => {
    await using test = await TestBroker.open(nats)
    await using child = new Child(test.broker.names.prefix)
    await child.tells('act')
    await using next = new Contender(test.broker, 'next')
    await next.refused()
    child.signal('SIGKILL')
    await next.holds()
    const lastAct = child.lines.findLast(({what}) => what === 'act')?.at ?? Number.NaN
    // The last renewal was a third of the lease ago at most.
    expect(Date.now() - lastAct).toBeGreaterThan(TTL_MS / 2)
    expect(next.refusals.at(-1)?.by).toMatch(/^child-/)
  })

  it('is known to be lost after a standstill, before anything else is done', async () => {
    await using test = await TestBroker.open(nats)
    await using child = new Child(test.broker.names.prefix)
    await child.tells('act')
    const next = new Contender(test.broker, 'next')
    await next.refused()
    child.signal('SIGSTOP')
    await next.holds()
    const before = child.lines.length
    const continuedAt = Date.now()
    child.signal('SIGCONT')
    await child.tells('lost:expired')
    // What it had said already may have been on its way.
    const since = child.lines.filter(({at}) => at >= continuedAt)
    expect(since.map(({what}) => what)).toEqual(['lost:expired'])
    expect(next.told).toEqual(['held'])
    await next[Symbol.asyncDispose]()
    await child.tells('held', before)
  })

  it('is lost while the broker stands still, and taken again by who had it', async () => {
    await using own = await NatsProcess.start()
    await using test = await TestBroker.open(own)
    await using holder = new Contender(test.broker, 'holder')
    await holder.holds()
    await using other = new Contender(test.broker, 'other')
    await other.refused()
    own.signal('SIGSTOP')
    try {
      await eventually(() => expect(holder.told).toEqual(['held', 'expired']))
    } finally {
      own.signal('SIGCONT')
    }
    await eventually(() => expect(holder.told).toEqual(['held', 'expired', 'held']))
    expect(other.told).toEqual([])
  })

  it('is kept by its holder when the broker loses everything', async () => {
    await using own = await NatsProcess.start()
    await using test = await TestBroker.open(own)
    const longer = {ttlMs: 6000}
    await using holder = new Contender(test.broker, 'holder', longer)
    await holder.holds()
    await using other = new Contender(test.broker, 'other', longer)
    await other.refused()
    await own.restart({wiped: true})
    const {jsm, names} = test.broker
    await eventually(async () => {
      const message = await jsm.direct.getMessage(names.leaseStream, {last_by_subj: names.lease('it')})
      expect(message?.json()).toMatchObject({session: 'holder'})
    })
    await holder.holds()
    await other.refused(3)
    expect(other.told).toEqual([])
  })

  it('is taken at once by the next life of who held it, and not from that by the earlier one', async () => {
    await using test = await TestBroker.open(nats)
    const holder = (session: string, host = 'here') => ({holder: {id: 'same', session, host, pid: 1}})
    await using earlier = new Contender(test.broker, 'earlier', holder('earlier'))
    await earlier.holds()
    await using copy = new Contender(test.broker, 'copy', holder('copy', 'a copy of the machine'))
    await copy.refused()
    await using later = new Contender(test.broker, 'later', holder('later'))
    await later.holds()
    expect(later.refusals).toEqual([])
    await earlier.refused()
    expect(earlier.told).toEqual(['held', 'taken'])
    expect(earlier.refusals[0]).toEqual({by: 'later', forMs: 0})
    expect(copy.told).toEqual([])
  })

  it('is kept by its holder when somebody writes garbage in its place', async () => {
    await using test = await TestBroker.open(nats)
    await using holder = new Contender(test.broker, 'holder')
    await holder.holds()
    const {js, names} = test.broker
    for (const garbage of ['', 'null', '{"id":5}']) await js.publish(names.lease('it'), garbage)
    await using other = new Contender(test.broker, 'other')
    await other.refused(4)
    await eventually(() => expect(other.refusals.at(-1)?.by).toBe('holder'))
    expect(holder.told).toEqual(['held'])
    expect(other.told).toEqual([])
  })

  it('that cannot be read is over like any other', async () => {
    await using test = await TestBroker.open(nats)
    await test.broker.js.publish(test.broker.names.lease('it'), '{"id": 7')
    await using contender = new Contender(test.broker, 'contender')
    await contender.refused()
    await contender.holds()
    expect(contender.refusals[0]).toEqual({by: undefined, forMs: 0})
  })
})
