import {readFile} from 'node:fs/promises'
import {Agent, request} from 'node:https'
import {text} from 'node:stream/consumers'
import {PdistError} from '../errors.js'
import type {LabEndpoints} from './endpoints.js'

export interface ApiCall {
  method: string
  /** From `/api/v1` on. */
  path: string
  /** Sent as JSON. */
  body?: unknown
}

/** The API answered with an error, or not at all. */
export class ApiCallError extends PdistError {
  readonly code = 'PDIST_LAB_API_CALL'
}

/** The primary's API as a client of the lab sees it: through the proxy, by its certificate, on a kept connection. */
export class LabApi {
  readonly #url: string
  readonly #apiKey: string
  readonly #agent: Agent

  private constructor(url: string, apiKey: string, ca: Buffer) {
    this.#url = url
    this.#apiKey = apiKey
    this.#agent = new Agent({ca, keepAlive: true})
  }

  static async open({url, apiKey, caFile}: LabEndpoints['proxy']): Promise<LabApi> {
    return new LabApi(url, apiKey, await readFile(caFile))
  }

  /** Resolves to the answer's body. Rejects with ApiCallError, or with the signal's reason. */
  async call({method, path, body}: ApiCall, signal: AbortSignal): Promise<string> {
    const answer = await this.#send({method, path, body}, signal).catch((cause: unknown) => {
      signal.throwIfAborted()
      throw new ApiCallError(`${method} ${path}: the proxy did not answer`, {cause})
    })
    if (answer.status < 300) return answer.body
    throw new ApiCallError(
      `${method} ${path} was answered with ${answer.status}: ${answer.body.slice(0, 500)}`,
    )
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }

  #send({method, path, body}: ApiCall, signal: AbortSignal): Promise<{status: number; body: string}> {
    const headers = {'x-api-key': this.#apiKey, 'content-type': 'application/json'}
    return new Promise((resolve, reject) => {
      const call = request(`${this.#url}${path}`, {method, agent: this.#agent, signal, headers})
      call.on('error', reject)
      call.on('response', (response) => {
        text(response).then((read) => resolve({status: response.statusCode ?? 0, body: read}), reject)
      })
      call.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }
}
