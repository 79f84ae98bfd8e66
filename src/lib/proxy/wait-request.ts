import type {IncomingHttpHeaders} from 'node:http'
import {BadRequestError} from './errors.js'

/** What a client wants to be proved before it gets its answer. */
export interface WaitRequest {
  /** How many active secondaries must have proved that they serve the change. */
  waitFor: 'all' | 'any' | number
  /** From PowerDNS's answer on, in milliseconds. */
  timeoutMs: number
}

export interface CallReading {
  /** Path and query as PowerDNS is to get them. */
  target: string
  /** Absent where the answer is not to wait. */
  wait?: WaitRequest
  /** What was asked for means nothing. */
  mistake?: BadRequestError
}

/** In the request; it never reaches PowerDNS. */
export const WAIT_HEADER = 'pdist-wait'

const DEFAULT_TIMEOUT_MS = 10_000
const MAX_TIMEOUT_MS = 300_000
const UNITS: Readonly<Record<string, number>> = {ms: 1, s: 1_000, m: 60_000}

/** For clients that cannot set headers: `/pdist-wait/all/10s` before PowerDNS's own path, the timeout optional. */
const PREFIX = '/pdist-wait'
const PREFIXED = /^\/pdist-wait\/(?<who>[^/?]*)(?:\/(?<timeout>\d[^/?]*))?(?<path>\/[^?]*)?(?<query>\?.*)?$/s
const HEADER = /^(?<who>[^\s;]*)[ \t]*(?:;[ \t]*timeout[ \t]*=[ \t]*(?<timeout>[^\s;]+)[ \t]*)?$/i

/**
 * Cuts the prefix from a call's target, and reads what it or the header `Pdist-Wait` asks for; the header wins.
 * @param target as it came
 */
export function readWait(target: string, headers: IncomingHttpHeaders): CallReading {
  const header = headers[WAIT_HEADER]?.toString()
  const prefix = target.startsWith(PREFIX) ? readPrefix(target) : {target}
  return header === undefined || prefix.mistake ? prefix : {...prefix, ...readHeader(header)}
}

function readPrefix(target: string): CallReading {
  const {who = '', timeout, path = '/', query = ''} = PREFIXED.exec(target)?.groups ?? {}
  const wait = requestOf(who, timeout)
  if (wait) return {target: path + query, wait}
  const words = 'the path begins with /pdist-wait, but not as in /pdist-wait/all/10s/api/v1'
  return {target, mistake: new BadRequestError(words)}
}

function readHeader(text: string): Pick<CallReading, 'wait' | 'mistake'> {
  const {who = '', timeout} = HEADER.exec(text.trim())?.groups ?? {}
  const wait = requestOf(who, timeout)
  if (wait) return {wait}
  const words =
    'Pdist-Wait must be all, any or a number, with a timeout of at most 5m or none, as in "all; timeout=10s"'
  return {mistake: new BadRequestError(words)}
}

function requestOf(who: string, timeout: string | undefined): WaitRequest | undefined {
  const lower = who.toLowerCase()
  const isWord = lower === 'all' || lower === 'any'
  const waitFor = isWord ? lower : /^[1-9]\d{0,4}$/.test(who) ? Number(who) : undefined
  const timeoutMs = timeout === undefined ? DEFAULT_TIMEOUT_MS : durationOf(timeout)
  return waitFor === undefined || timeoutMs === undefined ? undefined : {waitFor, timeoutMs}
}

function durationOf(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,9})(ms|s|m)$/i.exec(text) ?? []
  const ms = Number(digits) * (UNITS[unit.toLowerCase()] ?? Number.NaN)
  return ms > 0 && ms <= MAX_TIMEOUT_MS ? ms : undefined
}
