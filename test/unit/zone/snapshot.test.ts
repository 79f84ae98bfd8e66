import {randomBytes} from 'node:crypto'
import {zstdCompressSync} from 'node:zlib'
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import {packMessages, unpackMessages} from '../../../src/lib/zone/snapshot.js'
import {packedVersion, versionOf} from '../../support/versions.js'

const ZONE = zoneName('example.test')
const corrupt = expect.objectContaining({code: 'PDIST_CORRUPT_SNAPSHOT'})

function bytesOf(messages: readonly Uint8Array[]): string[] {
  return messages.map((message) => Buffer.from(message).toString('hex'))
}

describe('a snapshot', () => {
  it('comes back byte for byte, message for message', async () => {
    const messages = fc.array(fc.uint8Array({maxLength: 2000}), {maxLength: 20})
    await fc.assert(
      fc.asyncProperty(messages, async (sent) => {
        const {version, packed} = await packedVersion(ZONE, sent)
        expect(bytesOf(await unpackMessages(version, packed))).toEqual(bytesOf(sent))
      }),
    )
  })

  it('of many full messages does too, and its messages share one buffer', async () => {
    const sent = Array.from({length: 40}, (_, i) => randomBytes(65_535).fill(i, 0, 30_000))
    const {version, packed} = await packedVersion(ZONE, sent)
    const got = await unpackMessages(version, packed)
    expect(got.every((message, i) => Buffer.compare(message, sent[i] ?? Buffer.alloc(0)) === 0)).toBe(true)
    expect(new Set(got.map(({buffer}) => buffer)).size).toBe(1)
  })

  it('of little takes little memory, however many are kept', async () => {
    const {version, packed} = await packedVersion(ZONE, [Buffer.alloc(300, 7)])
    const buffers = new Set<ArrayBufferLike>()
    const kept: Uint8Array[] = []
    for (let i = 0; i < 1000; i++) kept.push(...(await unpackMessages(version, packed)))
    for (const {buffer} of kept) buffers.add(buffer)
    const bytes = [...buffers].reduce((sum, {byteLength}) => sum + byteLength, 0)
    expect(bytes).toBeLessThan(1000 * 1000)
  })

  it('is packed in the same way each time, its digest is of what is inside', async () => {
    const [one, two] = [await packMessages([Buffer.from('a')]), await packMessages([Buffer.from('a')])]
    expect(one).toEqual(two)
    expect((await packMessages([Buffer.from('a'), Buffer.from('')])).digest).not.toBe(one.digest)
    expect((await packMessages([])).digest).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })
})

describe('a snapshot that is not what its header says', () => {
  const messages = [Buffer.alloc(500, 1), randomBytes(700)]

  it('is refused where any byte of it changed, or is missing', async () => {
    const {version, packed} = await packedVersion(ZONE, messages)
    const position = fc.nat(packed.length - 1)
    await fc.assert(
      fc.asyncProperty(position, fc.integer({min: 1, max: 255}), async (at, difference) => {
        const changed = Buffer.from(packed)
        changed[at] = (changed[at] ?? 0) ^ difference
        // zstd has bits that mean nothing: what comes back is refused, or it is what was packed.
        const result = await unpackMessages(version, changed).catch((error: unknown) => error)
        if (Array.isArray(result)) expect(bytesOf(result)).toEqual(bytesOf(messages))
        else expect(result).toEqual(corrupt)
        await expect(unpackMessages(version, packed.subarray(0, at))).rejects.toEqual(corrupt)
      }),
    )
  })

  it('is refused where sizes, numbers or digest differ', async () => {
    const {version, packed} = await packedVersion(ZONE, messages)
    for (const wrong of [
      {messages: 1},
      {messages: 3},
      {bytes: version.bytes - 1},
      {bytes: version.bytes + 1},
      {bytes: version.bytes - 2, messages: 3},
      {bytes: 0, messages: 0},
      {bytes: Number.MAX_SAFE_INTEGER},
      {digest: 'y'.repeat(43)},
      {records: version.records + 1},
    ]) {
      await expect(unpackMessages({...version, ...wrong}, packed)).rejects.toEqual(corrupt)
    }
    await expect(unpackMessages(version, new Uint8Array())).rejects.toEqual(corrupt)
    await expect(unpackMessages(version, randomBytes(100))).rejects.toEqual(corrupt)
  })

  it('is refused where its framing does not add up', async () => {
    const framed = Buffer.from('0005aa', 'hex')
    const digest = (await packMessages([])).digest
    const version = versionOf(ZONE, {bytes: 1, messages: 1, digest})
    await expect(unpackMessages(version, zstdCompressSync(framed))).rejects.toEqual(corrupt)
  })

  it('never becomes larger than its header says, however small it was packed', async () => {
    const bomb = zstdCompressSync(Buffer.alloc(128 * 1024 * 1024))
    expect(bomb.length).toBeLessThan(100_000)
    for (const bytes of [100, 10_000_000]) {
      const before = process.memoryUsage().arrayBuffers
      await expect(unpackMessages(versionOf(ZONE, {bytes, messages: 1}), bomb)).rejects.toEqual(corrupt)
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(bytes + 30_000_000)
    }
  })
})
