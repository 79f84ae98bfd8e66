import type {Logger} from '../lib/logger.js'
import {Metrics} from '../lib/metrics/metrics.js'
import {Readiness} from '../lib/metrics/readiness.js'
import {MetricsServer} from '../lib/metrics/server.js'
import type {Lifecycle} from './lifecycle.js'

export interface ObserveOptions {
  name: string
  version: string
  /** Where to serve `/metrics`, `/healthz` and `/readyz`; nowhere when absent. */
  listen: {host: string; port: number} | undefined
  log: Logger
  lifecycle: Lifecycle
}

/** Makes a daemon visible from its first moment on: metrics, readiness, and the server that shows both. */
export async function observe({name, version, listen, log, lifecycle}: ObserveOptions): Promise<{
  metrics: Metrics
  readiness: Readiness
}> {
  const metrics = new Metrics(name)
  const readiness = new Readiness()
  metrics.set('buildInfo', 1, {version})
  metrics.beforeScrape(() => {
    for (const [condition, holds] of Object.entries(readiness.conditions)) {
      metrics.set('ready', holds ? 1 : 0, {condition})
    }
  })
  readiness.expect('started')
  lifecycle.signal.addEventListener('abort', () => readiness.set('running', false), {once: true})
  if (listen) {
    const server = await MetricsServer.start({address: listen, metrics, readiness})
    lifecycle.defer('metrics server', () => server.close())
    log.info({event: 'metrics.listening', url: server.url}, 'serving metrics')
  }
  return {metrics, readiness}
}
