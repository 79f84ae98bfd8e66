import {appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, it} from 'vitest'
import {AcceptedFile} from '../../../src/daemons/syncer/accepted-file.js'
import {zoneName} from '../../../src/lib/dns/name.js'
import {signState} from '../../../src/lib/zone/signature.js'
import {generateSigningKey} from '../../../src/lib/zone/signing-key.js'
import {tombstoneOf, versionOf} from '../../support/versions.js'

const key = generateSigningKey()
const signed = (zone: string, sequence: number) => signState(versionOf(zone), key, sequence)

let directory: string
let file: string
let troubles: unknown[]
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pdist-accepted-'))
  file = join(directory, 'state', 'accepted-ns1')
  troubles = []
})
afterEach(() => rm(directory, {recursive: true}))

function open(now = 1): Promise<AcceptedFile> {
  return AcceptedFile.open({file, now: () => now, onTrouble: (error) => troubles.push(error)})
}

it('has after a restart what was taken before, and when it began', async () => {
  {
    await using kept = await open(5)
    kept.take(signed('a.test', 10))
    kept.take(signed('b.test', 11))
    kept.take(signState(tombstoneOf('b.test'), key, 12))
    kept.take(signed('b.test', 3))
    kept.take(versionOf('unsigned.test'))
  }
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  {
    await using kept = await open(99)
    expect(kept.accepted.since).toBe(5)
    kept.take(signed('a.test', 20))
  }
  await using kept = await open(99)
  expect(new Map(kept.accepted)).toEqual(
    new Map([
      ['a.test.', {sequence: 20, gone: false}],
      ['b.test.', {sequence: 12, gone: true}],
    ]),
  )
  expect(troubles).toEqual([])
})

it('goes on after a line that a crash cut off', async () => {
  {
    await using kept = await open()
    kept.take(signed('a.test', 10))
  }
  await appendFile(file, '11 + a.te')
  {
    await using kept = await open()
    kept.take(signed('a.test', 12))
    kept.take(signed('c.test', 13))
  }
  await using kept = await open()
  expect(kept.accepted.sequenceOf(zoneName('a.test'))).toBe(12)
  expect(kept.accepted.sequenceOf(zoneName('c.test'))).toBe(13)
})

it('does not grow with the number of changes', async () => {
  const zones = Array.from({length: 20}, (_, i) => `${'long-label-'.repeat(5)}${i}.test`)
  {
    await using kept = await open()
    for (let sequence = 1; sequence <= 50_000; sequence++) {
      kept.take(signed0(zones[sequence % zones.length] ?? '', sequence))
      if (sequence % 500 === 0) await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }
  expect((await stat(file)).size).toBeLessThan(2_000_000)
  await using kept = await open()
  expect(kept.accepted.size).toBe(20)
  expect(Math.max(...[...kept.accepted].map(([, {sequence}]) => sequence))).toBe(50_000)
  expect(await readdir(join(directory, 'state'))).toEqual(['accepted-ns1'])
})

it('begins anew where it is none of ours, and says so', async () => {
  await mkdir(join(directory, 'state'))
  await writeFile(file, 'something else\n')
  {
    await using kept = await open(7)
    expect(troubles).toHaveLength(1)
    expect([kept.accepted.since, kept.accepted.size]).toEqual([7, 0])
    kept.take(signed('a.test', 10))
  }
  expect(await readFile(file, 'utf8')).toMatch(/^pdist accepted 1 7\n0 \*\n10 \+ a\.test\n/)
})

it('is kept in memory where it cannot be written, says so once, and is written whole as soon as it can', async () => {
  await writeFile(join(directory, 'state'), 'in the way')
  const kept = await open()
  kept.take(signed('a.test', 10))
  while (troubles.length === 0) await new Promise<void>((resolve) => setImmediate(resolve))
  kept.take(signed('b.test', 11))
  expect(kept.accepted.size).toBe(2)
  await rm(join(directory, 'state'))
  await kept[Symbol.asyncDispose]()
  // Reading fails in the same way, in the beginning.
  expect(troubles).toHaveLength(2)
  await using again = await open()
  expect(again.accepted.size).toBe(2)
})

/** Its signature does not matter here, and takes time. */
function signed0(zone: string, sequence: number) {
  return versionOf(zone, {signed: {key: key.id, sequence, signature: ''}})
}
