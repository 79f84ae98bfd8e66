import {readFile} from 'node:fs/promises'
import {setTimeout as sleep} from 'node:timers/promises'
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

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

const SERVER = '/api/v1/servers/localhost'
/** 200,000 records in one call take PowerDNS its time. */
const PATIENCE_MS = 400_000
/** As a client has it that wants its change made. */
const REPEATED_FOR_MS = 30_000
const REPEATED_AFTER_MS = 3

/** An answer that is not 2xx. */
export class CallError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** A client of a PowerDNS API, over at most eight kept connections. */
export class Api {
  readonly #pool: Pool
  readonly #apiKey: string
  #repeats = 0

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

  /** Rejects with CallError unless the answer is 2xx. */
  async call(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<void> {
    await this.#ask(method, path, body)
  }

  async #ask(method: Method, path: string, body?: object): Promise<string> {
    const response = await this.#pool.request({
      method,
      path: SERVER + path,
      headers: {'x-api-key': this.#apiKey, ...(body ? {'content-type': 'application/json'} : {})},
      ...(body ? {body: JSON.stringify(body)} : {}),
    })
    const text = await response.body.text()
    if (response.statusCode >= 300)
      throw new CallError(response.statusCode, `${method} ${path}: ${response.statusCode} ${text}`)
    return text
  }

  async createZone(zone: string, kind: 'Native' | 'Master', rrsets: readonly RRset[]): Promise<void> {
    await this.call('POST', '/zones?rrsets=false', {name: zone, kind, rrsets})
  }

  async createSecondary(zone: string, master: string): Promise<void> {
    await this.call('POST', '/zones?rrsets=false', {name: zone, kind: 'Slave', masters: [master]})
  }

  async replace(zone: string, rrset: RRset): Promise<void> {
    await this.replaceAll(zone, [rrset])
  }

  async replaceAll(zone: string, rrsets: readonly RRset[]): Promise<void> {
    const changes = rrsets.map((rrset) => ({...rrset, changetype: 'REPLACE'}))
    const end = performance.now() + REPEATED_FOR_MS
    for (;;) {
      try {
        return await this.call('PATCH', `/zones/${zone}`, {rrsets: changes})
      } catch (error) {
        const again = error instanceof CallError && error.status === 500 && performance.now() < end
        if (!again) throw error
        this.#repeats += 1
        await sleep(REPEATED_AFTER_MS)
      }
    }
  }

  /** How often PowerDNS answered 500 to a change, as it does with SQLite while it makes another one, and it was tried again. */
  get repeats(): number {
    return this.#repeats
  }

  /** Resolves with the answer's size in bytes. */
  async read(path: string): Promise<number> {
    return (await this.#ask('GET', path)).length
  }

  async retrieve(zone: string): Promise<void> {
    await this.call('PUT', `/zones/${zone}/axfr-retrieve`)
  }

  async notify(zone: string): Promise<void> {
    await this.call('PUT', `/zones/${zone}/notify`)
  }

  /** Whoever still waits for an answer gets an error. */
  async close(): Promise<void> {
    await this.#pool.destroy()
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
