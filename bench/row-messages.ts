import {randomBytes} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import {txt} from './api.js'
import {pdistWay} from './change.js'
import type {RowResult, Way} from './results.js'
import type {System} from './system.js'
import {Tap, type Tapped} from './tap.js'

const ZONE = 'pdist.messages.example.'
const PATIENCE_MS = 60_000
/** As long as receipts and acknowledgements may take, and longer than the time between two heartbeats. */
const REST_MS = 12_000

/** What a message is, by its subject. */
const KINDS: ReadonlyArray<readonly [name: string, prefix: string]> = [
  ['event', 'pdist.event.'],
  ['stored version', '$KV.pdist-zones.'],
  ['provision', 'pdist.provided.'],
  ['receipt', 'pdist.receipt.'],
  ['heartbeat', '$KV.pdist-secondaries.'],
  ['lease', '$KV.pdist-leases.'],
  ['acknowledgement', '$JS.ACK.'],
  ['answer of JetStream and of its API', '_INBOX'],
  ['command', 'pdist.command.'],
  ['question to JetStream', '$JS.API.'],
]

/** How large the messages of one change are, of a signed version of a zone of 10 records, by what is published in the broker meanwhile. */
export async function messagesRow(system: System, changes: number): Promise<RowResult> {
  await pdistWay(system, ZONE, 10)
  const tap = await Tap.open(system.endpoints, ['>'])
  try {
    for (let at = 0; at < changes; at += 1) {
      const text = randomBytes(9).toString('hex')
      await system.proxy.replace(ZONE, txt(`t.${ZONE}`, text))
      await system.serves(`t.${ZONE}`, text, AbortSignal.timeout(PATIENCE_MS))
    }
    await sleep(REST_MS)
    return result(tap.take(), changes)
  } finally {
    await tap.close()
  }
}

function result(heard: readonly Tapped[], changes: number): RowResult {
  const ways = KINDS.map(([name, prefix]): Way => {
    const samples = heard.filter(({subject}) => subject.startsWith(prefix)).map(({bytes}) => bytes)
    return {name, samples, note: `${(samples.length / changes).toFixed(1)} for each change`}
  })
  return {
    row: 'messages',
    title: `Bytes of each message in the broker (subject, headers, payload) during ${changes} changes and ${REST_MS / 1000} s of rest`,
    unit: 'count',
    ways: ways.filter(({samples}) => samples.length > 0),
    targets: [],
  }
}
