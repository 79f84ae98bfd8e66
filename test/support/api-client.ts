import {Pool} from 'undici'
import {zoneName} from '../../src/lib/dns/name.js'
import {zoneKey} from '../../src/lib/zone/key.js'
import {eventually} from './eventually.js'

const SERVER = '/api/v1/servers/localhost'
// 50,000 records in one PATCH take PowerDNS seconds, and minutes where the machine is busy.
const PATIENCE_MS = 300_000

export interface ApiAnswer {
  status: number
  text: string
}

export interface RRset {
  name: string
  type: string
  ttl: number
  records: Array<{content: string; disabled: boolean}>
}

/** A client of a PowerDNS API, at the proxy or at a server itself, over kept connections. */
export class ApiClient {
  readonly #pool: Pool
  readonly #apiKey: string

  /** @param options.ca the certificate (PEM) that the proxy must show */
  constructor({url, apiKey, ca}: {url: string; apiKey: string; ca?: string}) {
    this.#apiKey = apiKey
    this.#pool = new Pool(url, {
      connections: 8,
      headersTimeout: PATIENCE_MS,
      bodyTimeout: PATIENCE_MS,
      ...(ca === undefined ? {} : {connect: {ca}}),
    })
  }

  /** `path` begins behind `/api/v1/servers/localhost`. */
  async send(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown) {
    const response = await this.#pool.request({
      method,
      path: SERVER + path,
      headers: {'x-api-key': this.#apiKey},
      ...(body === undefined ? {} : {body: JSON.stringify(body)}),
    })
    return {status: response.statusCode, text: await response.body.text()} satisfies ApiAnswer
  }

  /** As `send`, but rejects unless the answer is 2xx, and returns its JSON, undefined where it is empty. */
  async call(...call: Parameters<ApiClient['send']>): Promise<unknown> {
    return accepted(call, await this.send(...call))
  }

  /**
   * As `call`, for what may be done twice: with SQLite, PowerDNS answers 500 when it meets a locked database, and a client has to
   * repeat its call.
   */
  async insist(...call: Parameters<ApiClient['send']>): Promise<void> {
    await eventually(async () => accepted(call, await this.send(...call)))
  }

  /** Creates a Native zone with the rrsets; PowerDNS adds the SOA where none is given. */
  async createZone(zone: string, rrsets: readonly RRset[] = [], more: object = {}): Promise<void> {
    const call = ['POST', '/zones?rrsets=false', {name: zone, kind: 'Native', rrsets, ...more}] as const
    await eventually(async () => {
      const answer = await this.send(...call)
      // What PowerDNS did of it before it met a locked database, or an earlier try of the test, is in the way.
      if (answer.status === 500 || answer.status === 409) await this.deleteZone(zone)
      accepted(call, answer)
    })
  }

  async replace(zone: string, ...rrsets: RRset[]): Promise<void> {
    const changes = rrsets.map((rrset) => ({...rrset, changetype: 'REPLACE'}))
    await this.insist('PATCH', zonePath(zone), {rrsets: changes})
  }

  async putZone(zone: string, settings: object): Promise<void> {
    await this.insist('PUT', zonePath(zone), settings)
  }

  /** Also where the zone is gone already, as it may be when this is repeated. */
  async deleteZone(zone: string): Promise<void> {
    await eventually(async () => {
      const answer = await this.send('DELETE', zonePath(zone))
      if (answer.status !== 404) accepted(['DELETE', zonePath(zone)], answer)
    })
  }

  /** The names of all zones of this server. */
  async zoneNames(): Promise<string[]> {
    const zones = (await this.call('GET', '/zones?dnssec=false')) as Array<{name: string}>
    return zones.map(({name}) => name)
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }
}

function accepted([method, path]: readonly [string, string, unknown?], {status, text}: ApiAnswer): unknown {
  if (status < 200 || status > 299) {
    throw new Error(`${method} ${path} was answered with ${status}: ${text.slice(0, 500)}`)
  }
  return text === '' ? undefined : JSON.parse(text)
}

/** The path of a zone, its name written as PowerDNS's zone ids are. */
export function zonePath(zone: string): string {
  return `/zones/${zoneKey(zoneName(zone))}${zone === '.' ? '' : '.'}`
}

export function rrset(name: string, type: string, ...contents: string[]): RRset {
  return {name, type, ttl: 300, records: contents.map((content) => ({content, disabled: false}))}
}
