import {randomUUID} from 'node:crypto'
import {lookup} from 'node:dns/promises'
import {BlockList, isIP, isIPv6} from 'node:net'
import {aborted, isAbortOf, sleep} from '../../lib/async/abort.js'
import {backoff} from '../../lib/async/backoff.js'
import type {EventStream} from '../../lib/broker/events.js'
import type {ConfigWith} from '../../lib/config/schema.js'
import {Notices} from '../../lib/sync/provide/notices.js'
import {tsigKey} from '../../lib/system/tsig.js'
import type {NotifyObserver} from '../../lib/xfr/notify-responder.js'
import {NotifyServer} from '../../lib/xfr/notify-server.js'
import type {DaemonContext} from '../runner.js'

type Context = DaemonContext<ConfigWith<'primary'>>

const LOOPBACK = ['127.0.0.0/8', '::1']

/** Turns the primary's NOTIFYs into events, where it is configured to listen for them. */
export function takeNotifies(context: Context, events: EventStream): void {
  const {config, log, metrics} = context
  if (config.zoneProvider.notifyListen.length === 0) return
  const notices = new Notices({
    pass: async (zone) => {
      const id = randomUUID()
      await events.publish({id, verb: 'refresh', zone, source: 'notify', at: Date.now()})
      log.info({event: 'notify.published', zone, id}, 'the primary says that a zone has changed')
    },
    onFailed: (error) =>
      log.warn({event: 'notify.not_published', error}, 'publishing failed, will try again'),
    now: () => performance.now(),
  })
  context.readiness.expect('notify')
  context.background('notices', (signal) => notices.run(signal))
  context.background('notify', async (signal) => {
    const server = serverOf(context, await allowed(context, signal), (zone) => {
      // The comparison with the primary finds what is dropped here.
      if (!notices.heard(zone)) metrics.count('notifies', {outcome: 'dropped'})
    })
    await server.start()
    context.readiness.set('notify', true)
    log.info({event: 'notify.listening', addresses: server.addresses}, 'listening for NOTIFY')
    await aborted(signal)
    await server.close({graceMs: 1000})
  })
}

function serverOf({config, log, metrics}: Context, allow: readonly string[], taken: Taken): NotifyServer {
  const {
    notifyTsigName: tsigName,
    notifyTsigAlgorithm: tsigAlgorithm,
    notifyTsigSecret: tsigSecret,
  } = config.zoneProvider
  const {tsig: demanded} = tsigKey({tsigName, tsigAlgorithm, tsigSecret})
  // PowerDNS signs a NOTIFY with the key that a zone's transfers need, if any.
  const {tsig: known} = tsigKey(config.primary)
  const keys = [demanded ?? known].filter((key) => key !== undefined)
  const {notifyListen: listen} = config.zoneProvider
  const observer = observerOf({log, metrics})
  return new NotifyServer({
    taken,
    allow,
    keys,
    signedOnly: demanded !== undefined,
    listen,
    observer,
  })
}

type Taken = ConstructorParameters<typeof NotifyServer>[0]['taken']

function observerOf({log, metrics}: Pick<Context, 'log' | 'metrics'>): NotifyObserver {
  return {
    onNotify: (outcome) => metrics.count('notifies', {outcome}),
    onMalformed: (reason, peer) =>
      log.warn({event: 'notify.malformed', reason, peer}, 'what came was no NOTIFY'),
    onRejected: (reason, peer) => {
      metrics.count('notifies', {outcome: reason})
      // Anybody can send packets: no more than a trace of them.
      log.debug({event: 'notify.rejected', reason, peer}, 'turned a client away')
    },
    onError: (error) => log.error({event: 'notify.failed', error}, 'listening for NOTIFY met an error'),
  }
}

/** Whose NOTIFYs are taken. Waits for the name of the primary to be resolved, if it is one. */
async function allowed({config, log}: Context, signal: AbortSignal): Promise<readonly string[]> {
  const {notifyFrom} = config.zoneProvider
  if (notifyFrom.length > 0) return notifyFrom
  const {host} = config.primary.dns
  if (isIP(host)) return withLoopback([host])
  for (const delay of backoff({firstMs: 500, maxMs: 30_000})) {
    try {
      return withLoopback((await lookup(host, {all: true})).map(({address}) => address))
    } catch (error) {
      if (isAbortOf(signal, error)) throw error
      log.warn({event: 'notify.waiting', host, error}, "waiting for the primary's address")
    }
    await sleep(delay, signal)
  }
  throw new Error('unreachable: a backoff never ends')
}

/** From the same machine a NOTIFY may come by either family, whatever transfers use. */
function withLoopback(addresses: readonly string[]): readonly string[] {
  const loopback = new BlockList()
  loopback.addSubnet('127.0.0.0', 8, 'ipv4')
  loopback.addAddress('::1', 'ipv6')
  const local = addresses.some((address) => loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'))
  return local ? [...addresses, ...LOOPBACK] : addresses
}
