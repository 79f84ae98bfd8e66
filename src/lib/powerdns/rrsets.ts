import {z} from 'zod'
import {type ZoneName, zoneName} from '../dns/name.js'
import {genericTypeName, typeName, typeNumber} from '../dns/types.js'
import {accepted} from './answer.js'
import {AS_GIVEN, type NewSecondary, type PowerDnsClient, zonePath} from './client.js'
import {PowerDnsAnswerError} from './errors.js'

export interface ApiRecord {
  content: string
  disabled: boolean
}

export interface ApiRrset {
  name: ZoneName
  type: number
  /** Seconds. */
  ttl: number
  records: readonly ApiRecord[]
}

/** An RRset as it shall be; without records it is deleted. */
export interface ApiChange extends ApiRrset {
  /** The contents are in the form of RFC 3597, and so is the type. */
  generic: boolean
}

export type NewZoneKind = 'primary' | 'native'

/** Names that PowerDNS 4.7 has for types of its own. */
const OWN_NAMES: Readonly<Record<string, number>> = {ADDR: 65400}
const KINDS: Readonly<Record<NewZoneKind, string>> = {primary: 'Master', native: 'Native'}
/** The primary's web server takes 2 MB unless `webserver-max-bodysize` says otherwise. */
const MAX_BODY_BYTES = 1_500_000

const contentsSchema = z.object({
  rrsets: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      ttl: z.number().nonnegative(),
      records: z.array(z.object({content: z.string(), disabled: z.boolean().catch(false)})),
    }),
  ),
})

/** Every RRset of a zone as it is stored, or undefined where PowerDNS has no such zone. Rejects as PowerDnsClient does. */
export async function readRrsets(
  client: PowerDnsClient,
  zone: ZoneName,
  signal: AbortSignal,
): Promise<ApiRrset[] | undefined> {
  const answer = await client.request('GET', zonePath(zone), signal)
  return answer.status === 404 ? undefined : decodeRrsets(accepted(answer))
}

/** Throws PowerDnsAnswerError. */
export function decodeRrsets(text: string): ApiRrset[] {
  try {
    const {rrsets} = contentsSchema.parse(JSON.parse(text))
    return rrsets.map((rrset) => ({...rrset, name: zoneName(rrset.name), type: readType(rrset.type)}))
  } catch (cause) {
    throw new PowerDnsAnswerError('the PowerDNS API answered something that is not a zone with its records', {
      cause,
    })
  }
}

function readType(text: string): number {
  const type = OWN_NAMES[text] ?? typeNumber(text)
  if (type === undefined) throw new PowerDnsAnswerError(`"${text}" is no RR type`)
  return type
}

/** Changes in one call, all or none of them. Rejects as PowerDnsClient does. */
export async function changeRrsets(
  client: PowerDnsClient,
  zone: ZoneName,
  changes: readonly ApiChange[],
  signal: AbortSignal,
): Promise<void> {
  accepted(await client.request('PATCH', zonePath(zone), signal, {rrsets: changes.map(bodyOf)}))
}

/** Creates a zone with these RRsets. Rejects as PowerDnsClient does, also where the zone is there. */
export async function createZone(
  client: PowerDnsClient,
  {zone, kind, rrsets}: {zone: ZoneName; kind: NewZoneKind; rrsets: readonly ApiChange[]},
  signal: AbortSignal,
): Promise<void> {
  const body = {name: zone, kind: KINDS[kind], nameservers: [], rrsets: rrsets.map(bodyOf)}
  accepted(await client.request('POST', '/zones?rrsets=false', signal, body))
}

/**
 * Creates a secondary zone with these RRsets, and has PowerDNS leave it as they are given. False, and nothing changed, where it has
 * a zone of this name. Rejects as PowerDnsClient does.
 */
export function createSecondaryWith(
  client: PowerDnsClient,
  zone: ZoneName,
  secondary: NewSecondary,
  rrsets: readonly ApiChange[],
  signal: AbortSignal,
): Promise<boolean> {
  return client.createSecondary(zone, secondary, signal, {...AS_GIVEN, rrsets: rrsets.map(bodyOf)})
}

/** Portions of what one call can take, in the same order. An RRset that is larger than that has one for itself. */
export function portionsOf(changes: readonly ApiChange[], maxBytes = MAX_BODY_BYTES): ApiChange[][] {
  const portions: ApiChange[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const change of changes) {
    const size = Buffer.byteLength(JSON.stringify(bodyOf(change))) + 1
    bytes += size
    if (bytes > maxBytes) {
      portions.push([])
      bytes = size
    }
    portions.at(-1)?.push(change)
  }
  return portions
}

function bodyOf({name, type, ttl, records, generic}: ApiChange) {
  const rrset = {name, type: generic ? genericTypeName(type) : typeName(type)}
  if (records.length === 0) return {...rrset, changetype: 'DELETE'}
  return {...rrset, ttl, records, changetype: 'REPLACE'}
}
