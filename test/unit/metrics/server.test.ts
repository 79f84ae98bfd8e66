import {connect} from 'node:net'
import {text as readText} from 'node:stream/consumers'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {Metrics} from '../../../src/lib/metrics/metrics.js'
import {Readiness} from '../../../src/lib/metrics/readiness.js'
import {MetricsServer} from '../../../src/lib/metrics/server.js'

let server: MetricsServer
let readiness: Readiness
let metrics: Metrics

beforeEach(async () => {
  metrics = new Metrics('syncer')
  readiness = new Readiness()
  server = await MetricsServer.start({address: {host: '::1', port: 0}, metrics, readiness})
})
afterEach(() => server.close())

async function get(path: string, method = 'GET') {
  const response = await fetch(`${server.url}${path}`, {method})
  return {status: response.status, type: response.headers.get('content-type'), body: await response.text()}
}

/** What comes back for raw bytes, until the server closes the connection. */
async function exchange(bytes: string): Promise<string> {
  const {hostname, port} = new URL(server.url)
  const socket = connect(Number(port), hostname.replace(/[[\]]/g, ''))
  socket.end(bytes)
  return readText(socket)
}

describe('MetricsServer', () => {
  it('reports the port that the kernel chose', () => {
    expect(server.url).toMatch(/^http:\/\/\[::1\]:[1-9]\d*$/)
  })

  it('serves metrics', async () => {
    metrics.set('buildInfo', 1, {version: '1.2.3'})
    const {status, type, body} = await get('/metrics?x=1')
    expect(status).toBe(200)
    expect(type).toContain('version=0.0.4')
    expect(body).toContain('pdist_build_info')
  })

  it('is healthy as soon as it answers, and ready when all conditions hold', async () => {
    readiness.expect('broker')
    expect(await get('/healthz')).toMatchObject({status: 200, body: 'ok\n'})
    const before = await get('/readyz')
    expect(before.status).toBe(503)
    expect(JSON.parse(before.body)).toEqual({ready: false, missing: ['broker']})
    readiness.set('broker', true)
    const after = await get('/readyz')
    expect(after.status).toBe(200)
    expect(JSON.parse(after.body)).toEqual({ready: true, missing: []})
  })

  it('answers HEAD without a body, and nothing else but GET', async () => {
    expect(await get('/healthz', 'HEAD')).toMatchObject({status: 200, body: ''})
    expect((await get('/healthz', 'POST')).status).toBe(405)
    expect((await get('/')).status).toBe(404)
  })

  it('answers 500 when a metric cannot be read', async () => {
    metrics.beforeScrape(() => {
      throw new Error('no figure')
    })
    expect(await get('/metrics')).toMatchObject({status: 500, body: 'scrape failed: no figure\n'})
  })

  it.each([
    ['garbage', '\0\u0001\u0002\r\n\r\n', 400],
    ['headers without end', `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['a half request', 'GET /healthz HT', 400],
  ])('survives %s', async (_, bytes, status) => {
    expect(await exchange(bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect((await get('/healthz')).status).toBe(200)
  })

  it('says which address cannot be listened on', async () => {
    const port = Number(new URL(server.url).port)
    const second = MetricsServer.start({address: {host: '::1', port}, metrics, readiness})
    await expect(second).rejects.toMatchObject({
      code: 'PDIST_METRICS_LISTEN',
      message: `cannot serve metrics on ::1 port ${port}: EADDRINUSE`,
    })
  })

  it('closes though a client keeps its connection', async () => {
    const {port} = new URL(server.url)
    const socket = connect(Number(port), '::1')
    const ended = readText(socket)
    await new Promise((resolve) => socket.once('connect', resolve))
    await server.close()
    expect(await ended).toBe('')
  })
})
