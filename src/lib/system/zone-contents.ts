import type {Config} from '../config/schema.js'
import type {ZoneName} from '../dns/name.js'
import {answersOf} from '../dns/record.js'
import type {Serial} from '../dns/serial.js'
import {readSoa} from '../dns/soa.js'
import {MalformedMessageError, Type} from '../dns/wire.js'
import {PdistError} from '../errors.js'
import {readSnapshot} from '../sync/apply/sync-zone.js'
import {UnknownSecondaryError, UnknownZoneError} from '../sync/errors.js'
import {fetchZone} from '../xfr/axfr-client.js'
import {transferLimits} from './config-views.js'
import type {System} from './system.js'
import {tsigKey} from './tsig.js'

/** Where a zone is read from: `primary`, `store`, or the name of a secondary. */
export type ZoneServer = string

/** A zone as it is somewhere at this moment. */
export interface ZoneContents {
  zone: ZoneName
  from: ZoneServer
  serial: Serial
  /** Of a transfer (RFC 5936), as they came. */
  messages: readonly Uint8Array[]
}

/** The primary is not in the configuration. */
export class NoPrimaryError extends PdistError {
  readonly code = 'PDIST_NO_PRIMARY'
}

/** A version that is replaced while it is read is read again so often. */
const STORE_TRIES = 3

/**
 * Reads a zone: from the primary by AXFR, from the store, or from a secondary, whose syncer transfers it from its own PowerDNS.
 * Rejects with NoPrimaryError, UnknownZoneError, UnknownSecondaryError, `PDIST_TRANSFER_…`, NoAnswerError, and as the store does.
 */
export async function readZoneFrom(
  system: System,
  config: Config,
  {zone, from}: {zone: ZoneName; from: ZoneServer},
  signal: AbortSignal,
): Promise<ZoneContents> {
  const messages = await messagesFrom(system, config, {zone, from}, signal)
  return {zone, from, messages, serial: serialOf(messages)}
}

function messagesFrom(
  system: System,
  config: Config,
  {zone, from}: {zone: ZoneName; from: ZoneServer},
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  if (from === 'primary') return fromPrimary(config, zone, signal)
  if (from === 'store') return fromStore(system, zone, signal)
  return fromSecondary(system, config, {zone, from}, signal)
}

async function fromPrimary(
  config: Config,
  zone: ZoneName,
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  const {primary} = config
  if (!primary) {
    throw new NoPrimaryError('the configuration has no section [primary]', {
      hints: ['Run this on the primary', 'Say `store` in place of `primary` for what came from there last'],
    })
  }
  const limits = transferLimits(config)
  return (await fetchZone({server: primary.dns, zone, limits, signal, ...tsigKey(primary)})).messages
}

async function fromStore(
  {store}: System,
  zone: ZoneName,
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  for (let tries = 0; tries < STORE_TRIES; tries++) {
    const snapshot = await readSnapshot(store, zone, signal)
    if (snapshot) return snapshot.messages
    const found = await store.get(zone)
    if (found?.state.kind !== 'version')
      throw unknownZone(zone, found ? 'was deleted' : 'is not in the store')
  }
  throw unknownZone(zone, 'is changing too quickly to be read')
}

async function fromSecondary(
  system: System,
  config: Config,
  {zone, from}: {zone: ZoneName; from: ZoneServer},
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  const known = (await system.secondaries(signal)).map(({secondary}) => secondary)
  if (!known.includes(from)) {
    throw new UnknownSecondaryError(`no secondary ${from} has ever sent a heartbeat`, {
      hints: [`There are: ${['primary', 'store', ...known].join(', ')}`],
    })
  }
  const timeoutMs = config.zoneProvider.transferTotal
  return (await system.commands.copy(from, zone, {timeoutMs, signal})).messages
}

function serialOf([first]: readonly Uint8Array[]): Serial {
  const record = first && answersOf(first)
  if (!record?.next() || record.type !== Type.SOA)
    throw new MalformedMessageError('the zone does not begin with its SOA')
  return readSoa(record).serial
}

function unknownZone(zone: ZoneName, what: string): UnknownZoneError {
  return new UnknownZoneError(`${zone} ${what}`, {
    hints: [
      'Run `pdist zone list` for what there is',
      `Run \`pdist zone push ${zone}\` to take it from the primary`,
    ],
  })
}
