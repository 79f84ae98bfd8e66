import type {ServerResponse} from 'node:http'
import {reportOf} from '../errors.js'
import {BadRequestError, JournalError, UpstreamTimeoutError, UpstreamUnavailableError} from './errors.js'

/** Answers for PowerDNS, in the form of its own errors. The answer must not have begun. */
export function refuse(response: ServerResponse, error: unknown): {status: number; isUpstream: boolean} {
  const status = statusOf(error)
  const body = errorBody(reportOf(error).message)
  response.writeHead(status, {'content-type': 'application/json', 'content-length': body.length})
  response.end(body)
  return {status, isUpstream: status === 502 || status === 504}
}

/** A whole answer for a connection on which no request could be read. */
export function rawRefusal(status: 400 | 408 | 431): string {
  const reason = {400: 'Bad Request', 408: 'Request Timeout', 431: 'Request Header Fields Too Large'}[status]
  const body = errorBody(reason)
  return [
    `HTTP/1.1 ${status} ${reason}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Connection: close',
    '',
    body.toString(),
  ].join('\r\n')
}

function errorBody(message: string): Buffer {
  return Buffer.from(JSON.stringify({error: message}))
}

function statusOf(error: unknown): number {
  if (error instanceof BadRequestError) return 400
  if (error instanceof UpstreamUnavailableError) return 502
  if (error instanceof JournalError) return 503
  if (error instanceof UpstreamTimeoutError) return 504
  return 500
}
