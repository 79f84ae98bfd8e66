import {randomBytes} from 'node:crypto'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {Broker} from '../src/lib/broker/connection.js'
import {setUpMirror} from '../src/lib/broker/mirror.js'
import {setUpBroker} from '../src/lib/broker/topology.js'
import {consumeZones} from '../src/lib/broker/zone-feed.js'
import {ZoneStore} from '../src/lib/broker/zone-store.js'
import {type ZoneName, zoneName} from '../src/lib/dns/name.js'
import type {Version} from '../src/lib/zone/version.js'
import type {RowResult, Way} from './results.js'
import {percentilesOf} from './statistics.js'
import {TwoBrokers} from './two-brokers.js'

const TOPOLOGY = {replicas: 1, eventsKeptMs: 3_600_000}
const PATIENCE_MS = 30_000
/** Between two changes: none shall be in another's way. */
const PAUSE_MS = 5
const ZONES = 50
/** For acknowledgements that are still on their way. */
const ALL_COUNTED_MS = 500
/** Of a zone of 10 records. */
const PACKED_BYTES = 260

export interface MirrorRow {
  readers: number
  /** In each round and way. */
  changes: number
  rounds: number
}

/**
 * What a leaf node with a mirror of the zone store saves and costs: so many readers on its side consume every version, from the mirror or,
 * through the leaf node, from the store itself; in turn, each with a store of its own.
 */
export async function mirrorRow(row: MirrorRow): Promise<RowResult[]> {
  const dir = await mkdtemp(join(tmpdir(), 'pdist-bench-mirror-'))
  try {
    const brokers = await TwoBrokers.start(dir)
    try {
      return await measure(brokers, row)
    } finally {
      await brokers.stop()
    }
  } finally {
    await rm(dir, {recursive: true, force: true})
  }
}

async function measure(brokers: TwoBrokers, {readers, changes, rounds}: MirrorRow): Promise<RowResult[]> {
  await using closing = new AsyncDisposableStack()
  const ways = [
    await openWay(brokers, closing, {name: 'from a mirror', prefix: 'mirrored', mirror: 'near', readers}),
    await openWay(brokers, closing, {name: 'from the store', prefix: 'direct', mirror: undefined, readers}),
  ]
  for (let round = 0; round < rounds; round += 1) {
    for (const {store, arrivals, times, bytes} of ways) {
      const before = await brokers.crossed()
      const ms = await changeAll(store, arrivals, {changes, first: round * changes})
      await sleep(ALL_COUNTED_MS)
      times.samples.push(...ms)
      bytes.samples.push(((await brokers.crossed()) - before) / changes)
    }
  }
  return results(ways, readers)
}

interface OpenWay {
  name: string
  prefix: string
  mirror: string | undefined
  readers: number
}

async function openWay(
  brokers: TwoBrokers,
  closing: AsyncDisposableStack,
  {name, prefix, mirror, readers}: OpenWay,
) {
  const open = async (url: string, clientName: string, more = {}) => {
    const options = {servers: [url], prefix, clientName, requestTimeoutMs: PATIENCE_MS, insecure: true}
    const broker = await Broker.connect({...options, ...more})
    closing.defer(() => broker.close())
    return broker
  }
  const hub = await open(brokers.hubUrl, 'zone-provider')
  await setUpBroker(hub, TOPOLOGY)
  const near = await open(brokers.nearUrl, 'operator', {domain: 'hub'})
  // It misses nothing here, being there from the beginning.
  if (mirror !== undefined) await setUpMirror(near, mirror, {replicas: 1, evenIfItStops: true})
  const arrivals = new Arrivals(readers)
  for (let at = 0; at < readers; at += 1) {
    const broker = await open(brokers.nearUrl, `syncer-ns${at}`, {domain: 'hub', mirror})
    read(broker, `ns${at}`, arrivals, closing)
  }
  const [times, bytes]: [Way, Way] = [
    {name, samples: []},
    {name, samples: []},
  ]
  return {store: new ZoneStore(hub), arrivals, times, bytes}
}

/** Consumes as a syncer does, until everything is closed. */
function read(broker: Broker, secondary: string, arrivals: Arrivals, closing: AsyncDisposableStack): void {
  const ending = new AbortController()
  const options = {
    secondary,
    topology: TOPOLOGY,
    maxMessages: 250,
    onStart: () => undefined,
    onMalformed: (error: Error) => process.stderr.write(`${error.message}\n`),
    onRestart: () => undefined,
    signal: ending.signal,
  }
  const done = consumeZones(broker, options, ({state, ack}) => {
    ack()
    arrivals.heard(state.revision)
  })
  closing.defer(async () => {
    ending.abort()
    await done
  })
}

/** Who has heard of which revision. */
class Arrivals {
  readonly #readers: number
  readonly #heard = new Map<number, number>()
  readonly #waiting = new Map<number, () => void>()

  constructor(readers: number) {
    this.#readers = readers
  }

  heard(revision: number): void {
    const count = (this.#heard.get(revision) ?? 0) + 1
    this.#heard.set(revision, count)
    if (count === this.#readers) this.#waiting.get(revision)?.()
  }

  /** Resolves when every reader has it. */
  async all(revision: number): Promise<void> {
    if (this.#heard.get(revision) === this.#readers) return
    const {promise, resolve, reject} = Promise.withResolvers<void>()
    this.#waiting.set(revision, resolve)
    const timer = setTimeout(
      () =>
        reject(new Error(`revision ${revision} did not come to all, but to ${this.#heard.get(revision)}`)),
      PATIENCE_MS,
    )
    await promise.finally(() => clearTimeout(timer))
  }
}

async function changeAll(
  store: ZoneStore,
  arrivals: Arrivals,
  {changes, first}: {changes: number; first: number},
): Promise<number[]> {
  const ms: number[] = []
  for (let at = first; at < first + changes; at += 1) {
    const zone = zoneName(`z${at % ZONES}.mirror.example.`)
    const packed = randomBytes(PACKED_BYTES)
    const version = versionOf(zone, at + 1)
    const expected = (await store.get(zone))?.state.revision ?? 0
    const started = performance.now()
    await arrivals.all(await store.put(version, packed, expected))
    ms.push(performance.now() - started)
    await sleep(PAUSE_MS)
  }
  return ms
}

/** The header of a small signed version; nobody unpacks it. */
function versionOf(zone: ZoneName, serial: number): Version {
  const digest = randomBytes(32).toString('base64url')
  const signature = randomBytes(64).toString('base64url')
  return {
    ...{kind: 'version', zone, fingerprint: {serial, signatures: []}, content: digest, digest},
    ...{records: 10, bytes: 400, messages: 1, packed: PACKED_BYTES, event: serial, at: Date.now()},
    signed: {key: randomBytes(8).toString('hex'), sequence: Date.now(), signature},
  }
}

function results(ways: ReadonlyArray<{times: Way; bytes: Way}>, readers: number): RowResult[] {
  const row = `${readers} readers behind a leaf node`
  const crossing = ways.map(({bytes}) => {
    const {p50} = percentilesOf(bytes.samples)
    return {...bytes, note: `${(p50 / 1024).toFixed(1)} KiB for each change`}
  })
  return [
    {
      row,
      title: `A version of a zone of 10 records from its put into the store until ${readers} readers behind a leaf node have it`,
      unit: 'ms',
      ways: ways.map(({times}) => times),
      targets: [],
    },
    {
      row: `${row}, bytes`,
      title:
        'Bytes that cross between the brokers for each change, both directions, with acknowledgements and all else',
      unit: 'count',
      ways: crossing,
      targets: [],
    },
  ]
}
