import {readFile} from 'node:fs/promises'
import {request} from 'node:https'
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

/** Calls the primary's API as a client of the lab would: through the proxy, by its certificate. Rejects with ApiCallError. */
export async function callApi(
  {url, apiKey, caFile}: LabEndpoints['proxy'],
  {method, path, body}: ApiCall,
  signal: AbortSignal,
): Promise<string> {
  const ca = await readFile(caFile)
  const answer = await new Promise<{status: number; body: string}>((resolve, reject) => {
    const call = request(`${url}${path}`, {
      method,
      ca,
      agent: false,
      signal,
      headers: {'x-api-key': apiKey, 'content-type': 'application/json'},
    })
    call.on('error', reject)
    call.on('response', (response) => {
      text(response).then((read) => resolve({status: response.statusCode ?? 0, body: read}), reject)
    })
    call.end(body === undefined ? undefined : JSON.stringify(body))
  }).catch((cause: unknown) => {
    signal.throwIfAborted()
    throw new ApiCallError(`${method} ${path}: the proxy did not answer`, {cause})
  })
  if (answer.status >= 300) {
    throw new ApiCallError(
      `${method} ${path} was answered with ${answer.status}: ${answer.body.slice(0, 500)}`,
    )
  }
  return answer.body
}
