import {mkdtemp, rename, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, it} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import {ChangeTurns} from '../../../src/lib/proxy/change-turns.js'
import {JournalError} from '../../../src/lib/proxy/errors.js'
import {Journal} from '../../../src/lib/proxy/journal.js'
import {Outbox} from '../../../src/lib/proxy/outbox.js'
import {PendingChange} from '../../../src/lib/proxy/pending-change.js'
import {RecordingObserver, RecordingPublisher} from '../../support/proxy.js'

const CALL = {verb: 'modified', zone: zoneName('example.test')} as const
const FACTS = {method: 'PATCH', path: '/api/v1/servers/localhost/zones/example.test.'}
let directory: string
let journal: Journal
let turns: ChangeTurns
let publisher: RecordingPublisher
let change: () => PendingChange

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pdist-change-'))
  // So small that a second intent needs a new file.
  journal = await Journal.open(directory, {warn: () => undefined, size: 256})
  turns = new ChangeTurns({atOnce: 1, overdueMs: 60_000})
  publisher = new RecordingPublisher()
  const outbox = new Outbox({publisher, observer: new RecordingObserver(), attemptMs: 1_000})
  change = () => new PendingChange(CALL, FACTS, {journal, outbox, turns})
})
afterEach(async () => {
  await journal.close()
  await rm(directory, {recursive: true})
})

it('a change takes its turn when its intent is on disk, and none when that fails', async () => {
  const first = change()
  await first.beforeLast()
  await rename(directory, `${directory}-away`)
  const second = change()
  const refused = second.beforeLast().catch((error: unknown) => error)
  expect(await refused).toBeInstanceOf(JournalError)
  expect([await second.conclude(), turns.waiting]).toEqual([undefined, 0])
  await rename(`${directory}-away`, directory)
  const third = change()
  const itsTurn = third.beforeLast()
  first.forwarded()
  expect(await first.conclude(204)).toBe(1)
  await itsTurn
  await third.conclude()
  expect([publisher.published.length, journal.size]).toEqual([1, 0])
})

it('a change that is given up while it waits leaves nothing behind', async () => {
  const [first, second, third] = [change(), change(), change()]
  await first.beforeLast()
  const waiting = second.beforeLast()
  const next = third.beforeLast()
  const reason = new Error('the client went away')
  // It waits in the line once its intent is there.
  while (turns.waiting < 2) await new Promise(setImmediate)
  second.abandon(reason)
  await expect(waiting).rejects.toBe(reason)
  await second.conclude()
  expect([turns.waiting, journal.size]).toEqual([1, 2])
  await first.conclude()
  await next
  third.abandon(reason)
  third.forwarded()
  await third.conclude(204)
  expect([publisher.published.length, journal.size]).toEqual([1, 0])
})
