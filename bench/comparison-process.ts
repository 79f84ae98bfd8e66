// Secondaries as the health-checker sees them: what the syncers answer, from their book of what is served, without a PowerDNS.
import {Commands} from '../src/lib/broker/commands.js'
import {Broker} from '../src/lib/broker/connection.js'
import {PresenceBoard} from '../src/lib/broker/presence.js'
import {Reports} from '../src/lib/broker/reports.js'
import {ZoneStore} from '../src/lib/broker/zone-store.js'
import {loadConfig} from '../src/lib/config/load.js'
import type {BrokerConfig} from '../src/lib/config/schema.js'
import type {ZoneName} from '../src/lib/dns/name.js'
import {ServedBook} from '../src/lib/sync/compare/served-book.js'
import {answerFrom} from '../src/lib/sync/compare/tree-exchange.js'
import {brokerOptions} from '../src/lib/system/broker-options.js'
import type {SecondaryCommands} from '../src/lib/zone/command.js'
import type {Stored, Version} from '../src/lib/zone/version.js'
import {obey} from './helper-process.js'

export type ComparisonOrder =
  | {do: 'start'; configFile: string; names: readonly string[]}
  /** The secondary serves other versions of these from now on. */
  | {do: 'alter'; secondary: string; zones: readonly ZoneName[]}

interface Simulated {
  name: string
  broker: Broker
  book: ServedBook
}

const BEAT_EVERY_MS = 10_000
const simulated = new Map<string, Simulated>()

obey<ComparisonOrder>(async (order) => {
  if (order.do === 'alter') return alter(order)
  const {broker} = await loadConfig({file: order.configFile, env: {}})
  const states = await versions(broker)
  // One by one: to fill a book takes so long that connections being made meanwhile would time out.
  for (const name of order.names) await start(name, broker, states)
})

async function versions(settings: BrokerConfig): Promise<Array<Stored<Version>>> {
  const broker = await Broker.connect(brokerOptions(settings, 'benchmark'))
  const found: Array<Stored<Version>> = []
  const listed = new ZoneStore(broker).list(AbortSignal.timeout(300_000), told)
  for await (const state of listed) if (state.kind === 'version') found.push(state)
  await broker.close()
  return found
}

async function start(
  name: string,
  settings: BrokerConfig,
  states: ReadonlyArray<Stored<Version>>,
): Promise<void> {
  const broker = await Broker.connect(brokerOptions(settings, `syncer-${name}`))
  const book = new ServedBook()
  for (const {zone, fingerprint} of states) book.serves(zone, fingerprint, performance.now())
  const secondary = {name, broker, book}
  simulated.set(name, secondary)
  new Commands(broker).serve(name, commandsOf(secondary), told)
  const board = new PresenceBoard(broker)
  const beat = () => board.beat(heartbeat(name, book.tree.size))
  await beat()
  setInterval(() => beat().catch(told), BEAT_EVERY_MS)
}

function commandsOf({name, broker, book}: Simulated): SecondaryCommands {
  const store = new ZoneStore(broker)
  const reports = new Reports(broker)
  const repair = async (zone: ZoneName) => {
    const {state} = (await store.get(zone)) ?? {}
    if (state?.kind !== 'version') throw new Error(`the store has no ${zone}`)
    const {revision, event, fingerprint} = state
    book.serves(zone, fingerprint, performance.now())
    const about = {zone, secondary: name, revision, event, at: Date.now(), ms: 0}
    reports.receipt({...about, outcome: 'served', serial: fingerprint.serial})
  }
  const none = () => Promise.reject(new Error('a simulated secondary does no such thing'))
  return {
    tree: async (question) => answerFrom(book.tree, question, {complete: true}),
    resync: async (zones) => {
      Promise.all(zones.map(repair)).catch(told)
      return {queued: zones.length, at: Date.now()}
    },
    ...{stand: none, answers: none, removeOrphans: none, copy: none},
  }
}

async function alter({secondary, zones}: Extract<ComparisonOrder, {do: 'alter'}>): Promise<void> {
  const book = simulated.get(secondary)?.book
  for (const zone of zones) book?.serves(zone, {serial: 1, signatures: []}, performance.now())
}

function heartbeat(secondary: string, zones: number) {
  const versions = {pdist: 'simulated', powerdns: 'simulated', node: process.version}
  const quiet = {pending: 0, lag: 0, load: 0, warnings: [], problems: [], problemCount: 0}
  return {secondary, state: 'ok' as const, ...versions, zones, ...quiet, startedAt: Date.now()}
}

function told(error: unknown): void {
  process.stderr.write(`${error}\n`)
}
