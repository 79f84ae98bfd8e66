import {hostname} from 'node:os'
import {isAbortOf, sleep} from '../lib/async/abort.js'
import {backoff} from '../lib/async/backoff.js'
import {Broker, type BrokerObserver, type BrokerOptions} from '../lib/broker/connection.js'
import {answerRollCall} from '../lib/broker/roll-call.js'
import {createMissing} from '../lib/broker/topology.js'
import type {Config} from '../lib/config/schema.js'
import type {Readiness} from '../lib/metrics/readiness.js'
import {brokerOptions, topologyOptions} from '../lib/system/broker-options.js'
import type {DaemonPresence} from '../lib/zone/daemon.js'
import type {DaemonContext} from './runner.js'
import {version} from './version.js'

/** Who it is that connects. */
type Identity = Pick<DaemonPresence, 'daemon' | 'secondary'>

/** From which mirror of the zone store it reads. */
type Reading = Pick<BrokerOptions, 'mirror'>

/** Waits for the broker, and for its streams, which are made where they are missing. Closed with the daemon. */
export function openBroker(
  context: DaemonContext<Config>,
  identity: Identity,
  reading: Reading = {},
): Promise<Broker> {
  const closing = (broker: Broker) => context.defer('broker', () => broker.close())
  return connectBroker(context, identity, closing, reading)
}

/** As `openBroker`, for one who closes it: `onOpen` is called as soon as there is something to close. */
export async function connectBroker(
  context: DaemonContext<Config>,
  identity: Identity,
  onOpen: (broker: Broker) => void,
  reading: Reading = {},
): Promise<Broker> {
  const {config, readiness, signal} = context
  readiness.expect('broker', 'streams')
  const {daemon, secondary} = identity
  const name = secondary === undefined ? daemon : `${daemon}-${secondary}`
  const options = {...brokerOptions(config.broker, name), ...reading}
  const broker = await Broker.connectWhenThere(options, observer(context), signal)
  onOpen(broker)
  answerRollCall(broker, () => presenceOf(identity, readiness))
  await prepare(broker, context)
  readiness.set('streams', true)
  return broker
}

/** JetStream may need a moment longer than the server itself. */
async function prepare(broker: Broker, {config, log, signal}: DaemonContext<Config>): Promise<void> {
  for (const delay of backoff({firstMs: 100, maxMs: 5000})) {
    try {
      const made = await createMissing(broker, topologyOptions(config.broker))
      if (made.length > 0)
        log.info({event: 'broker.set_up', made: made.map(({name}) => name)}, 'made what was missing')
      return
    } catch (error) {
      if (isAbortOf(signal, error)) throw error
      log.warn({event: 'broker.not_ready', error}, 'waiting for JetStream')
    }
    await sleep(delay, signal)
  }
}

function presenceOf(identity: Identity, {ready, missing}: Readiness): DaemonPresence {
  const now = Date.now()
  return {
    ...identity,
    host: hostname(),
    pid: process.pid,
    pdist: version,
    node: process.version,
    startedAt: Math.round(now - process.uptime() * 1000),
    at: now,
    ready,
    missing,
  }
}

/** Logs and counts a message that is none of ours. */
export function ignoring({log, metrics}: DaemonContext<Config>): (error: Error) => void {
  return (error) => {
    metrics.count('malformedMessages')
    log.warn({event: 'broker.malformed', error}, 'ignored a malformed message')
  }
}

/** Logs that a consumer ended and begins again. */
export function restarting({log}: DaemonContext<Config>, consumer: string): (error: Error) => void {
  return (error) => log.warn({event: 'consumer.restart', consumer, error}, 'consuming begins again')
}

function observer({log, readiness, metrics}: DaemonContext<Config>): BrokerObserver {
  return {
    onWaiting: (error) => log.warn({event: 'broker.waiting', error}, 'waiting for the broker'),
    onConnected: (server) => {
      readiness.set('broker', true)
      log.info({event: 'broker.connected', server}, 'connected to the broker')
    },
    onDisconnected: (server) => {
      readiness.set('broker', false)
      metrics.count('brokerDisconnects')
      log.warn({event: 'broker.disconnected', server}, 'lost the broker, reconnecting')
    },
    onError: (error) => log.warn({event: 'broker.error', error}, 'the broker reported an error'),
  }
}
