import {describe, expect, it, vi} from 'vitest'
import {type ZoneName, zoneName} from '../../../../src/lib/dns/name.js'
import type {Snapshot} from '../../../../src/lib/sync/apply/shelf.js'
import {SnapshotShelf} from '../../../../src/lib/sync/apply/shelf.js'
import {transferOf} from '../../../support/fakes/transfers.js'
import {stored, versionOf} from '../../../support/versions.js'

const never = new AbortController().signal
const [A, B, C] = [zoneName('a.test'), zoneName('b.test'), zoneName('c.test')]

function snapshot(zone: ZoneName, revision: number, bytes = 100): Snapshot {
  const {messages} = transferOf(zone, revision, `v${revision}`)
  const fingerprint = {serial: revision, signatures: []}
  return {version: stored(versionOf(zone, {fingerprint, bytes}), revision), messages}
}

function shelfOf(
  maxBytes: number,
  load: (zone: ZoneName) => Promise<Snapshot | undefined> = async () => undefined,
) {
  const wanted: ZoneName[] = []
  const failed: unknown[] = []
  const loads = vi.fn(load)
  const shelf = new SnapshotShelf({
    maxBytes,
    load: loads,
    onWanted: (zone) => wanted.push(zone),
    onLoadFailed: (_, error) => failed.push(error),
    signal: never,
  })
  return {shelf, wanted, failed, loads}
}

function tagOf(shelf: SnapshotShelf, zone: ZoneName): unknown {
  const answer = shelf.transfer(zone)
  if (answer instanceof Promise) return 'expected'
  return typeof answer === 'string' ? answer : answer.tag
}

async function serialOf(shelf: SnapshotShelf, zone: ZoneName): Promise<unknown> {
  const answer = await shelf.soa(zone, never)
  return typeof answer === 'string'
    ? answer
    : Buffer.from(answer.rdata).readUInt32BE(answer.rdata.length - 20)
}

describe('the shelf', () => {
  it('hands out what is pinned, and tells the watch of that revision alone', async () => {
    const {shelf} = shelfOf(1000)
    const old = shelf.pin(snapshot(A, 1))
    old.release()
    const {watch, release} = shelf.pin(snapshot(A, 2))
    expect(shelf.transfer(A)).toEqual({messages: snapshot(A, 2).messages, tag: 2})
    expect(await serialOf(shelf, A)).toBe(2)
    shelf.sent(A, 1)
    shelf.sent(A, 'nonsense')
    expect(await watch.started(0, never)).toBe(false)
    shelf.started(A, 2)
    expect([await watch.started(0, never), await watch.sent(0, never)]).toEqual([true, false])
    release()
  })

  it('knows that a transfer is over by its proof, unless another one of the same may be under way', () => {
    const {shelf} = shelfOf(1000)
    const [first, other] = [snapshot(A, 1).version, {...snapshot(A, 2).version, content: 'y'.repeat(43)}]
    shelf.pin({...snapshot(A, 1), version: first}).release()
    shelf.transfer(A)
    expect(shelf.handedOut(A)).toMatchObject({version: {content: first.content}})
    shelf.committed(other)
    expect(shelf.handedOut(A)).toBeDefined()
    shelf.committed(first)
    expect(shelf.handedOut(A)).toBeUndefined()
    shelf.transfer(A)
    shelf.transfer(A)
    shelf.committed(first)
    expect(shelf.handedOut(A)).toBeDefined()
    shelf.pin({...snapshot(A, 2), version: other}).release()
    shelf.transfer(A)
    shelf.committed(other)
    expect(shelf.handedOut(A)).toBeUndefined()
  })

  it('lets a transfer wait for what is expected, or for the end of the expectation', async () => {
    const {shelf} = shelfOf(1000)
    expect(shelf.expect(A)).toBeUndefined()
    shelf.pin(snapshot(A, 1)).release()
    const release = shelf.expect(A)
    expect(shelf.expect(A)).toBeUndefined()
    const waiting = shelf.transfer(A)
    expect(waiting).toBeInstanceOf(Promise)
    const {watch} = shelf.pin(snapshot(A, 2))
    expect(await waiting).toMatchObject({tag: 2})
    shelf.started(A, 2)
    expect(await watch.started(0, never)).toBe(true)
    const next = shelf.expect(A)
    // The end of another expectation than the present one.
    release?.()
    const inVain = shelf.transfer(A)
    expect(inVain).toBeInstanceOf(Promise)
    next?.()
    expect(await inVain).toMatchObject({tag: 2})
    expect(tagOf(shelf, A)).toBe(2)
    shelf.expect(A)
    const gone = shelf.transfer(A)
    shelf.remove(A)
    expect(await gone).toBe('not-at-hand')
  })

  it('keeps what is pinned, however large, and else what was used last', async () => {
    const {shelf} = shelfOf(250)
    const huge = shelf.pin(snapshot(A, 1, 1000))
    expect(tagOf(shelf, A)).toBe(1)
    huge.release()
    expect(tagOf(shelf, A)).toBe('not-at-hand')
    for (const [zone, revision] of [
      [A, 2],
      [B, 3],
    ] as const)
      shelf.pin(snapshot(zone, revision)).release()
    expect(tagOf(shelf, A)).toBe(2)
    shelf.pin(snapshot(C, 4)).release()
    expect([A, B, C].map((zone) => tagOf(shelf, zone))).toEqual([2, 'not-at-hand', 4])
    // The SOA stays when its snapshot goes.
    expect(await serialOf(shelf, B)).toBe(3)
  })

  it('fetches what is wanted in the background, once, and refuses it meanwhile', async () => {
    const {shelf, wanted, loads} = shelfOf(1000, async (zone) => (zone === A ? snapshot(A, 1) : undefined))
    expect([tagOf(shelf, A), tagOf(shelf, A), tagOf(shelf, B)]).toEqual(Array(3).fill('not-at-hand'))
    await vi.waitFor(() => expect(wanted).toEqual([A, A]))
    expect(loads).toHaveBeenCalledTimes(2)
    expect(tagOf(shelf, A)).toBe(1)
    expect(await serialOf(shelf, B)).toBe('unknown')
  })

  it('asks the store for a SOA that it does not know', async () => {
    const {shelf} = shelfOf(1000, async (zone) => snapshot(zone, 7))
    expect(await serialOf(shelf, A)).toBe(7)
  })

  it('does not let many questions become many fetches', async () => {
    const gate = Promise.withResolvers<undefined>()
    const {shelf, loads} = shelfOf(1000, () => gate.promise)
    const zones = Array.from({length: 50}, (_, i) => zoneName(`z${i}.test`))
    for (const zone of zones) shelf.transfer(zone)
    expect(loads).toHaveBeenCalledTimes(8)
    expect(await serialOf(shelf, A)).toBe('not-at-hand')
    gate.resolve(undefined)
    await vi.waitFor(async () => expect(await serialOf(shelf, A)).toBe('unknown'))
  })

  it('tells of a fetch that fails, and can try again', async () => {
    const load = vi.fn(async (): Promise<Snapshot | undefined> => snapshot(A, 1))
    load.mockRejectedValueOnce(new Error('away')).mockRejectedValueOnce(new Error('away'))
    const {shelf, failed, wanted} = shelfOf(1000, load)
    shelf.transfer(A)
    await vi.waitFor(() => expect(failed).toEqual([new Error('away')]))
    await expect(shelf.soa(A, never)).rejects.toThrow('away')
    shelf.transfer(A)
    await vi.waitFor(() => expect(wanted).toEqual([A]))
  })

  it('does not put what it fetched over what was pinned or removed meanwhile', async () => {
    const gates: Array<PromiseWithResolvers<Snapshot | undefined>> = []
    const {shelf} = shelfOf(0, () => {
      const gate = Promise.withResolvers<Snapshot | undefined>()
      gates.push(gate)
      return gate.promise
    })
    shelf.transfer(A)
    shelf.transfer(B)
    // Applied and evicted while the fetch is under way.
    shelf.pin(snapshot(A, 9)).release()
    shelf.remove(B)
    gates[0]?.resolve(snapshot(A, 1))
    gates[1]?.resolve(snapshot(B, 1))
    await vi.waitFor(() => {
      shelf.transfer(C)
      expect(gates).toHaveLength(3)
    })
    expect(await serialOf(shelf, A)).toBe(9)
    const question = serialOf(shelf, B)
    await vi.waitFor(() => expect(gates).toHaveLength(4))
    gates[3]?.resolve(undefined)
    expect(await question).toBe('unknown')
  })

  it('takes no snapshot whose messages are not those of its version', () => {
    const {shelf} = shelfOf(1000)
    shelf.pin(snapshot(A, 1)).release()
    const wrong = {...snapshot(A, 2), messages: snapshot(B, 2).messages}
    expect(() => shelf.pin(wrong)).toThrow('do not hold the SOA of a.test.')
    expect(tagOf(shelf, A)).toBe(1)
  })
})
