import {once} from 'node:events'
import type {IncomingMessage} from 'node:http'
import {Agent, type RequestOptions, request} from 'node:https'
import {type ConnectionOptions, connect, type TLSSocket} from 'node:tls'
import {changingCall} from '../../src/lib/powerdns/changes.js'
import type {ChangePublisher, ZoneChange} from '../../src/lib/proxy/change.js'
import type {ProxyObserver} from '../../src/lib/proxy/observer.js'
import {ApiProxy, type ApiProxyOptions} from '../../src/lib/proxy/proxy.js'
import {FakeProofs} from './fakes/proofs.js'

/** Remembers what was published. `connected` and `broken` are for the test to set. */
export class RecordingPublisher implements ChangePublisher {
  connected = true
  broken = false
  readonly published: ZoneChange[] = []

  /** Resolves to how many there are. */
  async publish(change: ZoneChange): Promise<number> {
    if (this.broken) throw new Error('no acknowledgement')
    return this.published.push(change)
  }

  get calls(): string[] {
    return this.published.map(({verb, zone}) => `${verb} ${zone}`)
  }
}

/** Keeps every report as one line. */
export class RecordingObserver implements ProxyObserver {
  readonly lines: string[] = []
  readonly answered = (call: object) => this.#add('answered', call)
  readonly waited = (call: object, outcome: object) => this.#add('waited', {...call, ...outcome})
  readonly abandoned = (call: object) => this.#add('abandoned', call)
  readonly published = (change: ZoneChange) => this.#add('published', change)
  readonly publishFailed = (change: ZoneChange) => this.#add('publishFailed', change)
  readonly upstreamFailed = (call: object) => this.#add('upstreamFailed', call)
  readonly malformed = (error: Error) => this.#add('malformed', {message: error.message})
  readonly turnedAway = (address: string) => this.#add('turnedAway', {address})
  readonly warning = (message: string) => this.#add('warning', {message})

  count(event: string): number {
    return this.lines.filter((line) => line.startsWith(`${event} `)).length
  }

  #add(event: string, what: object): void {
    this.lines.push(`${event} ${JSON.stringify(what)}`)
  }
}

export interface TestProxy extends AsyncDisposable {
  proxy: ApiProxy
  publisher: RecordingPublisher
  observer: RecordingObserver
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  /** A TLS connection on which the test writes its own bytes. */
  socket(options?: ConnectionOptions): Promise<TLSSocket>
}

export interface CallOptions {
  body?: string | Buffer | AsyncIterable<Uint8Array>
  headers?: RequestOptions['headers']
  signal?: AbortSignal
  /** Called with each piece of the answer's body, which is then not kept. */
  onData?: (piece: Buffer) => void
}

export interface Answer {
  status: number
  statusText: string
  headers: IncomingMessage['headers']
  rawHeaders: string[]
  text: string
}

/** The port of a proxy that listens on one address. */
export function portOf({addresses: [address]}: ApiProxy): number {
  if (!address) throw new Error('the proxy does not listen')
  return address.port
}

/** A proxy before `http://127.0.0.1:<port>` with a client that sends `apiKey`. */
export async function startProxy(
  port: number,
  stateDirectory: string,
  options: Partial<ApiProxyOptions> & {apiKey?: string} = {},
): Promise<TestProxy> {
  const publisher = new RecordingPublisher()
  const observer = new RecordingObserver()
  const proxy = await ApiProxy.start({
    listen: [{host: '127.0.0.1', port: 0}],
    upstream: `http://127.0.0.1:${port}`,
    stateDirectory,
    recognise: changingCall,
    publisher,
    proofs: new FakeProofs(),
    observer,
    ...options,
  })
  const ca = proxy.certificate.certificate
  const agent = new Agent({keepAlive: true, ca})
  const to = {host: '127.0.0.1', port: portOf(proxy)}
  return {
    proxy,
    publisher,
    observer,
    call: (method, path, {headers, ...rest} = {}) =>
      call({...to, agent, method, path, headers: {'x-api-key': options.apiKey ?? '', ...headers}}, rest),
    socket: async (more = {}) => {
      const socket = connect({...to, ca, ...more})
      await once(socket, 'secureConnect')
      return socket
    },
    [Symbol.asyncDispose]: async () => {
      agent.destroy()
      await proxy.close(AbortSignal.timeout(5_000))
    },
  }
}

async function call(
  options: RequestOptions,
  {body, signal, onData}: Omit<CallOptions, 'headers'>,
): Promise<Answer> {
  const sent = request({...options, ...(signal ? {signal} : {})})
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>
  // A body may be refused before it is sent in full: the answer counts.
  const sending = send(sent, body)
  const [response] = await answered
  const kept: Buffer[] = []
  for await (const piece of response) {
    if (onData) onData(piece)
    else kept.push(piece)
  }
  const text = Buffer.concat(kept).toString()
  sending.catch(() => {})
  return {
    status: response.statusCode ?? 0,
    statusText: response.statusMessage ?? '',
    headers: response.headers,
    rawHeaders: response.rawHeaders,
    text,
  }
}

async function send(sent: ReturnType<typeof request>, body: CallOptions['body']): Promise<void> {
  if (body === undefined || typeof body === 'string' || body instanceof Buffer) {
    sent.end(body)
    return
  }
  for await (const piece of body) if (!sent.write(piece)) await once(sent, 'drain')
  sent.end()
}

/** Polls until `isTrue` holds; fails after `withinMs`. */
export async function eventually(isTrue: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${isTrue}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** The body of a PATCH that sets the TXT record `www` of the zone. */
export function change(zone: string, content: string): string {
  const record = {
    name: `www.${zone}`,
    type: 'TXT',
    ttl: 60,
    changetype: 'REPLACE',
    records: [{content: `"${content}"`}],
  }
  return JSON.stringify({rrsets: [record]})
}
