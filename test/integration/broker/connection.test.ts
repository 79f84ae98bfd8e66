import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {Broker} from '../../../src/lib/broker/connection.js'
import {eventually} from '../../support/eventually.js'
import {NatsProcess} from '../../support/nats-process.js'
import {optionsFor} from './fixture.js'

const never = new AbortController().signal

let nats: NatsProcess
beforeAll(async () => {
  nats = await NatsProcess.reserve()
})
afterAll(() => nats[Symbol.asyncDispose]())

describe('the connection to the broker', () => {
  it('cannot be had where there is no broker, and says what to look at', async () => {
    await expect(Broker.connect(optionsFor(nats))).rejects.toMatchObject({
      code: 'PDIST_BROKER_UNAVAILABLE',
      message: expect.stringContaining(nats.url),
      hints: [expect.stringContaining('broker.servers')],
    })
  })

  it.each(['credsFile', 'nkeyFile'])('says which file is missing where it is the %s', async (option) => {
    const missing = optionsFor(nats, {[option]: '/nonexistent/key'})
    await expect(Broker.connect(missing)).rejects.toMatchObject({
      code: 'PDIST_BROKER_UNAVAILABLE',
      message: expect.stringContaining("ENOENT: no such file or directory, open '/nonexistent/key'"),
      hints: [expect.stringContaining('/nonexistent/key')],
    })
  })

  it('is waited for until there is a broker', async () => {
    const waits: string[] = []
    const connected: string[] = []
    const observer = {
      onWaiting: (error: Error) => waits.push(error.message),
      onConnected: (server: string) => connected.push(server),
    }
    const connecting = Broker.connectWhenThere(optionsFor(nats), observer, never)
    await eventually(() => expect(waits.length).toBeGreaterThan(0))
    await nats.start()
    const broker = await connecting
    expect(broker.connected).toBe(true)
    expect(broker.serverVersion).toMatch(/^2\.\d+\.\d+/)
    expect(connected).toHaveLength(1)
    await broker.close()
  })

  it('is no longer waited for when aborted', async () => {
    const abort = new AbortController()
    const nobody = optionsFor(nats, {servers: ['nats://127.0.0.1:1']})
    const connecting = Broker.connectWhenThere(
      nobody,
      {onWaiting: () => abort.abort(new Error('enough'))},
      abort.signal,
    )
    await expect(connecting).rejects.toThrow('enough')
  })

  it('comes back by itself and tells of it', async () => {
    await nats.start()
    const told: string[] = []
    const broker = await Broker.connect(optionsFor(nats), {
      onConnected: () => told.push('connected'),
      onDisconnected: () => told.push('disconnected'),
    })
    await nats.kill()
    await eventually(() => expect(broker.connected).toBe(false))
    await nats.start()
    await eventually(() => expect(broker.connected).toBe(true))
    expect(told).toEqual(['connected', 'disconnected', 'connected'])
    await broker.close()
  })

  it('closes with a broker that is away, that stalls, and twice', async () => {
    await nats.start()
    const broker = await Broker.connect(optionsFor(nats))
    nats.signal('SIGSTOP')
    await broker.close()
    nats.signal('SIGCONT')
    await broker.close()
    expect(broker.nc.isClosed()).toBe(true)
    const another = await Broker.connect(optionsFor(nats))
    await nats.kill()
    await eventually(() => expect(another.connected).toBe(false))
    await another.close()
    expect(another.nc.isClosed()).toBe(true)
  })

  it('leaves nothing open', async () => {
    await nats.start()
    const sockets = () => process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name)).length
    const before = sockets()
    const broker = await Broker.connect(optionsFor(nats))
    expect(sockets()).toBeGreaterThan(before)
    await broker.close()
    await eventually(() => expect(sockets()).toBeLessThanOrEqual(before))
  })
})
