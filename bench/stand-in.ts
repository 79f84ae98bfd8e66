import {once} from 'node:events'
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import {json} from 'node:stream/consumers'
import {type ZoneName, zoneName} from '../src/lib/dns/name.js'
import {SOA_NUMBERS_BYTES, type SoaAnswer, soaAnswerOf} from '../src/lib/dns/soa.js'
import {uint32} from '../src/lib/dns/wire.js'
import {fetchZone} from '../src/lib/xfr/axfr-client.js'
import {TransferServer} from '../src/lib/xfr/axfr-server.js'
import type {ServerAddress} from '../src/lib/xfr/errors.js'
import {zoneKey, zoneOfKey} from '../src/lib/zone/key.js'
import {type ApiChange, RrsetZone} from './rrset-zone.js'

interface HeldZone {
  masters: readonly string[]
  serial: number
  /** Seconds since 1970. */
  lastCheck: number
  /** PowerDNS drops a request for a zone that it is transferring; so does this. */
  transferring: boolean
  messages: readonly Uint8Array[]
  /** Once something of it was changed: newer than the messages. */
  changed?: RrsetZone
  soa?: SoaAnswer
}

const HOST = '127.0.0.1'
const LIMITS = {bytes: 1e8, records: 1e6, idleMs: 10_000, totalMs: 60_000}

/**
 * A stand-in for a secondary's PowerDNS, as far as a syncer sees one: the calls of its API, `axfr-retrieve` with a real transfer,
 * changes of RRsets, SOA and AXFR over DNS. It keeps unsigned zones in memory, has no caches, and takes next to no time.
 */
export class StandIn {
  readonly #zones = new Map<ZoneName, HeldZone>()
  readonly #http: Server
  readonly #dns: TransferServer
  readonly #closing = new AbortController()

  private constructor() {
    this.#http = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) =>
        respond(response, 500, {error: String(error)}),
      )
    })
    this.#dns = new TransferServer({
      source: {
        soa: (zone) => this.#zones.get(zone)?.soa ?? 'unknown',
        transfer: (zone) => {
          const held = this.#zones.get(zone)
          const messages = held?.changed?.messages() ?? held?.messages ?? []
          return messages.length > 0 ? {messages, tag: undefined} : 'unknown'
        },
      },
      listen: [{host: HOST, port: 0}],
      allow: [HOST],
    })
  }

  static async start(): Promise<StandIn> {
    const standIn = new StandIn()
    standIn.#http.listen(0, HOST)
    await once(standIn.#http, 'listening')
    await standIn.#dns.start()
    return standIn
  }

  get apiUrl(): string {
    const address = this.#http.address()
    return `http://${HOST}:${typeof address === 'object' && address ? address.port : 0}`
  }

  get dns(): ServerAddress {
    const [address] = this.#dns.addresses
    if (!address) throw new Error('the stand-in does not listen')
    return address
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the stand-in was closed'))
    this.#http.closeAllConnections()
    this.#http.close()
    await this.#dns.close()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const {method = '', url = ''} = request
    const path = url.replace(/^\/api\/v1\/servers\/localhost/, '').replace(/\?.*/, '')
    const [, section, id, action = ''] = path.split('/')
    if (path === '') respond(response, 200, {version: '4.7.3'})
    else if (section === 'cache') respond(response, 200, {count: 0, result: 'Flushed cache.'})
    else if (section !== 'zones') respond(response, 404, {error: 'Not Found'})
    else if (method === 'PATCH' && id !== undefined) this.#change(response, zoneOf(id), await json(request))
    else if (id !== undefined) this.#answerZone(response, `${method} ${action}`, zoneOf(id))
    else if (method === 'POST') this.#create(response, await json(request))
    else
      respond(
        response,
        200,
        [...this.#zones].map(([zone, held]) => objectOf(zone, held)),
      )
  }

  #create(response: ServerResponse, body: unknown): void {
    const {name, masters, rrsets} = body as {name: string; masters: string[]; rrsets?: ApiChange[]}
    const zone = zoneName(name)
    if (this.#zones.has(zone)) {
      respond(response, 409, {error: 'Conflict'})
      return
    }
    const held: HeldZone = {masters, serial: 0, lastCheck: 0, transferring: false, messages: []}
    this.#zones.set(zone, held)
    if (rrsets) apply(zone, held, rrsets)
    respond(response, 201, objectOf(zone, held))
  }

  #change(response: ServerResponse, zone: ZoneName, body: unknown): void {
    const held = this.#zones.get(zone)
    if (!held) {
      respond(response, 404, {error: 'Not Found'})
      return
    }
    apply(zone, held, (body as {rrsets: ApiChange[]}).rrsets)
    respond(response, 204)
  }

  #answerZone(response: ServerResponse, call: string, zone: ZoneName): void {
    const held = this.#zones.get(zone)
    if (call === 'DELETE ') this.#zones.delete(zone)
    if (call === 'PUT axfr-retrieve' && held && !held.transferring) void this.#retrieve(zone, held)
    if (!held) respond(response, 404, {error: 'Not Found'})
    else if (call === 'GET ') respond(response, 200, objectOf(zone, held))
    else respond(response, call === 'PUT axfr-retrieve' ? 200 : 204)
  }

  /** Whoever ordered it hears nothing of how it went. */
  async #retrieve(zone: ZoneName, held: HeldZone): Promise<void> {
    held.transferring = true
    try {
      const server = addressOf(held.masters[0] ?? '')
      const {signal} = this.#closing
      const {messages, soa, signatures} = await fetchZone({server, zone, limits: LIMITS, signal})
      held.soa = soaAnswerOf(zone, messages, signatures.length)
      held.messages = messages
      delete held.changed
      held.serial = soa.serial
      held.lastCheck = Math.floor(Date.now() / 1000)
    } catch (error) {
      if (!this.#closing.signal.aborted) process.stderr.write(`${zone} was not transferred: ${error}\n`)
    } finally {
      held.transferring = false
    }
  }
}

function apply(zone: ZoneName, held: HeldZone, rrsets: readonly ApiChange[]): void {
  held.changed ??= new RrsetZone(zone, held.messages)
  held.changed.apply(rrsets)
  held.soa = soaAnswerOf(zone, [held.changed.soaMessage()], 0)
  held.serial = uint32(held.soa.rdata, held.soa.rdata.length - SOA_NUMBERS_BYTES)
}

function objectOf(zone: ZoneName, {masters, serial, lastCheck}: HeldZone): object {
  return {id: `${zoneKey(zone)}.`, name: zone, kind: 'Slave', masters, serial, last_check: lastCheck}
}

function zoneOf(id: string): ZoneName {
  return zoneOfKey(id.replace(/\.$/, ''))
}

function addressOf(master: string): ServerAddress {
  const [host = '', port] = master.split(':')
  return {host, port: Number(port ?? 53)}
}

function respond(response: ServerResponse, status: number, body?: object): void {
  response.writeHead(status, {'content-type': 'application/json'})
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
