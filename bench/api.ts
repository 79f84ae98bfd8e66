import {readFile} from 'node:fs/promises'
import {Pool} from 'undici'
import type {LabEndpoints, ServerEndpoints} from '../src/lib/lab/endpoints.js'

/** The name server of every zone. */
export const NAMESERVER = 'ns1.nameserver.invalid.'

export interface RRset {
  name: string
  type: string
  ttl: number
  records: Array<{content: string; disabled: boolean}>
}

const SERVER = '/api/v1/servers/localhost'
/** 200,000 records in one call take PowerDNS its time. */
const PATIENCE_MS = 300_000

/** A client of a PowerDNS API, over at most eight kept connections. */
export class Api {
  readonly #pool: Pool
  readonly #apiKey: string

  constructor({url, apiKey, ca}: {url: string; apiKey: string; ca?: string}) {
    this.#apiKey = apiKey
    this.#pool = new Pool(url, {
      connections: 8,
      headersTimeout: PATIENCE_MS,
      bodyTimeout: PATIENCE_MS,
      ...(ca === undefined ? {} : {connect: {ca}}),
    })
  }

  static of({apiUrl, apiKey}: Pick<ServerEndpoints, 'apiUrl' | 'apiKey'>): Api {
    return new Api({url: apiUrl, apiKey})
  }

  /** The primary's API through the api-proxy. */
  static async ofProxy({url, apiKey, caFile}: LabEndpoints['proxy']): Promise<Api> {
    return new Api({url, apiKey, ca: await readFile(caFile, 'utf8')})
  }

  /** Rejects unless the answer is 2xx. */
  async call(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<void> {
    const response = await this.#pool.request({
      method,
      path: SERVER + path,
      headers: {'x-api-key': this.#apiKey, ...(body ? {'content-type': 'application/json'} : {})},
      ...(body ? {body: JSON.stringify(body)} : {}),
    })
    const text = await response.body.text()
    if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${text}`)
  }

  async createZone(zone: string, kind: 'Native' | 'Master', rrsets: readonly RRset[]): Promise<void> {
    await this.call('POST', '/zones?rrsets=false', {name: zone, kind, rrsets})
  }

  async createSecondary(zone: string, master: string): Promise<void> {
    await this.call('POST', '/zones?rrsets=false', {name: zone, kind: 'Slave', masters: [master]})
  }

  async replace(zone: string, rrset: RRset): Promise<void> {
    await this.call('PATCH', `/zones/${zone}`, {rrsets: [{...rrset, changetype: 'REPLACE'}]})
  }

  async retrieve(zone: string): Promise<void> {
    await this.call('PUT', `/zones/${zone}/axfr-retrieve`)
  }

  async notify(zone: string): Promise<void> {
    await this.call('PUT', `/zones/${zone}/notify`)
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }
}

export function txt(name: string, text: string): RRset {
  return {name, type: 'TXT', ttl: 60, records: [{content: `"${text}"`, disabled: false}]}
}

/** An NS record and as many A records as make `records` with the SOA that PowerDNS adds. */
export function contentsOf(zone: string, records: number): RRset[] {
  const nameserver = {content: NAMESERVER, disabled: false}
  const hosts = Array.from({length: records - 2}, (_, i) => ({
    name: `h${i}.${zone}`,
    type: 'A',
    ttl: 300,
    records: [{content: `192.0.${(i >> 8) & 255}.${i & 255}`, disabled: false}],
  }))
  return [{name: zone, type: 'NS', ttl: 300, records: [nameserver]}, ...hosts]
}
