import type {ErrorReport} from '../errors.js'
import type {Stored} from '../zone/version.js'
import {tableLines} from './table.js'

/** A zone as it is stored, and as each secondary serves it. */
export interface ZoneReport {
  stored: Stored
  fingerprint?: string
  secondaries: ReadonlyArray<{
    secondary: string
    state: string
    serial?: number
    fingerprint?: string
    lag?: number
    error?: Pick<ErrorReport, 'code' | 'message'>
  }>
}

/** A zone's version in the store, then a line for each secondary. */
export function zoneReportLines({stored, fingerprint, secondaries}: ZoneReport): string[] {
  const columns = [
    {head: 'SECONDARY'},
    {head: 'STATE'},
    {head: 'SERIAL', align: 'right'},
    {head: 'LAG', align: 'right'},
    {head: 'FINGERPRINT'},
  ] as const
  const rows = secondaries.map(({secondary, state, serial, lag, fingerprint: served, error}) => [
    secondary,
    state,
    serial === undefined ? '-' : String(serial),
    lag === undefined ? '-' : `${lag.toFixed(1)} s`,
    error ? `${error.code}: ${error.message}` : (served ?? '-'),
  ])
  return [...headerLines(stored, fingerprint), '', ...tableLines(columns, rows)]
}

function headerLines(stored: Stored, fingerprint: string | undefined): string[] {
  const {zone, revision, event, at, signed: seal} = stored
  const common = [
    ['revision', `${revision}, covers event ${event}`],
    [stored.kind === 'tombstone' ? 'deleted' : 'taken', new Date(at).toISOString()],
    ['signed by', seal ? `the key ${seal.key}, as ${seal.sequence}` : 'nobody'],
  ]
  if (stored.kind === 'tombstone') return lines([['zone', zone], ...common])
  const {
    fingerprint: {serial, signatures},
    records,
    bytes,
    packed,
    messages,
    digest,
  } = stored
  const expirations = signatures.map(({expiration}) => expiration * 1000)
  const signed = expirations.length > 0 ? `until ${new Date(Math.min(...expirations)).toISOString()}` : 'no'
  return lines([
    ['zone', zone],
    ['serial', String(serial)],
    ['fingerprint', fingerprint ?? ''],
    ['signed', signed],
    ['records', String(records)],
    ['size', `${bytes} bytes in ${messages} messages, ${packed} packed`],
    ['digest', digest],
    ...common,
  ])
}

function lines(pairs: ReadonlyArray<readonly string[]>): string[] {
  return pairs.map(([name = '', value = '']) => `${name.padEnd(12)}${value}`)
}
