import {readFile} from 'node:fs/promises'
import {type Dispatcher, Pool} from 'undici'
import type {LabEndpoints} from '../../src/lib/lab/endpoints.js'
import {rrset, zonePath} from './api-client.js'

const SERVER = '/api/v1/servers/localhost'

export interface WaitedAnswer {
  status: number
  text: string
  /** The header `Pdist-Served`. */
  served: string | undefined
}

/** A client of a lab's api-proxy that says what it waits for. */
export class WaitingClient {
  readonly #pool: Pool
  readonly #apiKey: string

  private constructor(pool: Pool, apiKey: string) {
    this.#pool = pool
    this.#apiKey = apiKey
  }

  static async of({proxy}: LabEndpoints, connections: number): Promise<WaitingClient> {
    const ca = await readFile(proxy.caFile, 'utf8')
    return new WaitingClient(new Pool(proxy.url, {connections, connect: {ca}}), proxy.apiKey)
  }

  async send(call: Omit<Dispatcher.RequestOptions, 'origin'>): Promise<WaitedAnswer> {
    const headers = {'x-api-key': this.#apiKey, ...call.headers}
    const {statusCode, headers: answered, body} = await this.#pool.request({...call, headers})
    return {status: statusCode, text: await body.text(), served: answered['pdist-served']?.toString()}
  }

  /** Sets a TXT record, and waits as the header `Pdist-Wait` says. */
  setText(
    zone: string,
    name: string,
    text: string,
    wait?: string,
    signal?: AbortSignal,
  ): Promise<WaitedAnswer> {
    const rrsets = [{...rrset(name, 'TXT', `"${text}"`), changetype: 'REPLACE'}]
    return this.send({
      method: 'PATCH',
      path: SERVER + zonePath(zone),
      body: JSON.stringify({rrsets}),
      ...(wait === undefined ? {} : {headers: {'pdist-wait': wait}}),
      ...(signal ? {signal} : {}),
    })
  }

  close(): Promise<void> {
    return this.#pool.destroy()
  }
}
