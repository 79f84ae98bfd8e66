import type {CheckResult} from '../doctor/check.js'
import type {ConsumerFact, StreamFact} from '../doctor/facts.js'
import {amount} from '../figures.js'
import {checkLines, type DoctorViewOptions} from './doctor-view.js'
import {type Column, tableLines} from './table.js'

export interface BrokerView {
  asWanted: boolean
  server: string
  version: string
  account?: {storage: number; storageLimit?: number; streams: number; streamLimit?: number}
  streams: readonly StreamFact[]
  consumers: readonly ConsumerFact[]
  checks: readonly CheckResult[]
}

const STREAMS: readonly Column[] = [
  {head: 'STREAM'},
  {head: 'STATE'},
  {head: 'REPLICAS', align: 'right'},
  {head: 'LEADER'},
  {head: 'MESSAGES', align: 'right'},
  {head: 'SIZE', align: 'right'},
]
const CONSUMERS: readonly Column[] = [
  {head: 'CONSUMER'},
  {head: 'STREAM'},
  {head: 'WAITING', align: 'right'},
  {head: 'UNSETTLED', align: 'right'},
  {head: 'READ'},
]

/** Streams, consumers, then what is not as wanted. */
export function brokerLines(view: BrokerView, options: DoctorViewOptions = {}): string[] {
  const {asWanted, server, version, account, streams, consumers, checks} = view
  const wrong = checks.filter(({result}) => result !== 'ok')
  return [
    [`${server}, nats-server ${version}`, ...(account ? [accountWords(account)] : [])].join(', '),
    '',
    ...tableLines(STREAMS, streams.map(streamCells)),
    '',
    ...tableLines(CONSUMERS, consumers.map(consumerCells)),
    '',
    ...wrong.flatMap((check) => checkLines(check, options)),
    asWanted ? 'everything is as `pdist broker setup` would make it' : 'not everything is as it should be',
  ]
}

function accountWords({storage, storageLimit}: NonNullable<BrokerView['account']>): string {
  return `${amount(storage)} stored, ${storageLimit === undefined ? 'no limit' : `of ${amount(storageLimit)}`}`
}

function streamCells({name, state, replicas, cluster, messages, bytes}: StreamFact): string[] {
  if (state === 'missing') return [name, state, '-', '-', '-', '-']
  const leader = cluster ? (cluster.leader ?? 'none') : '-'
  return [name, state, String(replicas), leader, String(messages), amount(bytes)]
}

function consumerCells({name, stream, pending, unsettled, read}: ConsumerFact): string[] {
  return [name, stream, String(pending), String(unsettled), read ? 'yes' : 'no']
}
