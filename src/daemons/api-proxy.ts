import type {Config, ConfigWith} from '../lib/config/schema.js'
import {changingCall} from '../lib/powerdns/changes.js'
import type {ProxyObserver} from '../lib/proxy/observer.js'
import {ApiProxy} from '../lib/proxy/proxy.js'
import {allowAtOnce} from './api-proxy/changes-at-once.js'
import {BrokerProofs} from './api-proxy/proofs.js'
import {EventPublisher} from './event-publisher.js'
import type {DaemonContext} from './runner.js'

/** Forwards the PowerDNS API and publishes what changed. It serves also while there is no broker: the journal waits for it. */
export async function startApiProxy(context: DaemonContext<ConfigWith<'primary'>>): Promise<void> {
  const {config, log, metrics} = context
  const {certFile, keyFile, listen, allowFrom, changesAtOnce, publishWithin} = config.apiProxy
  const {maxConnections, maxWaiting, requestTimeout} = config.apiProxy
  const proofs = new BrokerProofs(context)
  const publisher = new EventPublisher(context, (broker) => proofs.attach(broker))
  context.defer('broker', () => publisher.close())
  const proxy = await ApiProxy.start({
    listen,
    allowFrom,
    upstream: config.primary.apiUrl,
    stateDirectory: config.state.directory,
    changesAtOnce: changesAtOnce ?? 1,
    certificate: certFile && keyFile ? {certificateFile: certFile, keyFile} : undefined,
    recognise: changingCall,
    publisher,
    proofs,
    observer: observer(context),
    limits: {publishWithinMs: publishWithin, maxConnections, maxWaiting, requestTimeoutMs: requestTimeout},
  })
  context.defer('API calls in flight', (deadline) => proxy.close(deadline))
  metrics.beforeScrape(() => {
    metrics.set('pendingIntents', proxy.pendingChanges)
    metrics.set('queuedChanges', proxy.queued)
    metrics.set('waitingCalls', proxy.waiting)
  })
  log.info({event: 'proxy.listening', addresses: proxy.addresses}, 'listening for API calls')
  if (changesAtOnce === undefined)
    context.background('changes at once', (signal) => allowAtOnce(context, proxy, signal))
  context.background('publisher', (signal) => publisher.connect(signal))
}

function observer({log, metrics}: DaemonContext<Config>): ProxyObserver {
  return {
    answered: (call) => {
      metrics.count('proxyRequests', {method: methodLabel(call.method), status: String(call.status)})
      log.debug({event: 'call.answered', ...call}, 'answered an API call')
    },
    waited: (call, outcome) => {
      metrics.count('waits', {outcome: outcome.ended})
      metrics.observe('waitDuration', outcome.ms / 1000)
      log.debug({event: 'call.waited', ...call, ...outcome}, 'held an answer back for proofs')
    },
    abandoned: (call) => log.info({event: 'call.abandoned', ...call}, 'the client left before its answer'),
    published: ({id, verb, zone, method, path}) => {
      metrics.count('changesPublished', {verb})
      log.info({event: 'change.published', id, verb, zone, method, path}, 'published a change')
    },
    publishFailed: ({id, verb, zone}, error) => {
      metrics.count('publishFailures')
      log.warn(
        {event: 'change.not_published', id, verb, zone, error},
        'publishing a change failed, will try again',
      )
    },
    upstreamFailed: (call, error) => {
      metrics.count('upstreamErrors')
      log.warn({event: 'call.failed', ...call, error}, 'PowerDNS did not answer')
    },
    malformed: (error) => {
      metrics.count('malformedRequests')
      log.info({event: 'call.malformed', error}, 'what came was no request')
    },
    turnedAway: (peer) => {
      metrics.count('proxyTurnedAway')
      log.warn({event: 'client.turned_away', peer}, 'a client outside of the allowed networks')
    },
    warning: (message) => log.warn({event: 'proxy.warning', message}, 'the journal needed care'),
  }
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** A client can make methods up; a label must not grow with them. */
function methodLabel(method: string): string {
  return METHODS.has(method) ? method : 'other'
}
