import {z} from 'zod'
import type {ZoneName} from '../dns/name.js'
import {zoneName} from '../dns/name.js'
import {PowerDnsAnswerError} from './errors.js'

/** What pdist reads of a zone object of the PowerDNS API. */
export interface ApiZone {
  zone: ZoneName
  kind: 'primary' | 'secondary' | 'native' | 'other'
  /** As PowerDNS stores them: `127.0.0.1:20102`, `[::1]:20102`, without `:53`. */
  masters: readonly string[]
  /** The stored serial; 0 where the zone has no SOA yet. */
  serial: number
  /** The serial that is served (after SOA-EDIT); absent where PowerDNS did not compute it. */
  editedSerial?: number
  /** Whether it is signed, by PowerDNS or before it came there; absent where PowerDNS did not look. */
  signed?: boolean
  /** Empty where its denial is plain NSEC; absent in a listing. */
  nsec3param?: string
  /** Whether its NSEC3 is narrow, so that it cannot be transferred; absent in a listing. */
  nsec3narrow?: boolean
  /** When a secondary zone was last found fresh or transferred, seconds since 1970. */
  lastCheck: number
}

const KINDS: Record<string, ApiZone['kind']> = {
  master: 'primary',
  primary: 'primary',
  slave: 'secondary',
  secondary: 'secondary',
  native: 'native',
}

const count = z.number().nonnegative().catch(0)

const zoneObject = z.object({
  name: z.string(),
  kind: z.string(),
  masters: z.array(z.string()).catch([]),
  serial: count,
  edited_serial: z.number().nonnegative().exactOptional(),
  dnssec: z.boolean().exactOptional(),
  nsec3param: z.string().exactOptional(),
  nsec3narrow: z.boolean().exactOptional(),
  last_check: count,
})

function toZone(object: z.infer<typeof zoneObject>): ApiZone {
  const {edited_serial: editedSerial, dnssec: signed, nsec3param, nsec3narrow} = object
  return {
    zone: zoneName(object.name),
    kind: KINDS[object.kind.toLowerCase()] ?? 'other',
    masters: object.masters,
    serial: object.serial,
    ...(editedSerial === undefined ? {} : {editedSerial}),
    ...(signed === undefined ? {} : {signed}),
    ...(nsec3param === undefined ? {} : {nsec3param}),
    ...(nsec3narrow === undefined ? {} : {nsec3narrow}),
    lastCheck: object.last_check,
  }
}

const listedZone = zoneObject.transform((object) => (object.name.includes('..') ? undefined : toZone(object)))

/** Throws PowerDnsAnswerError. */
export function readZone(text: string): ApiZone {
  return read(zoneObject.transform(toZone), text, 'a zone')
}

/** The values of one kind of metadata. Throws PowerDnsAnswerError. */
export function readMetadata(text: string): readonly string[] {
  return read(z.object({metadata: z.array(z.string())}), text, 'metadata').metadata
}

/**
 * One object of a list; undefined for the variants that PowerDNS 5.1 lists for its views, whose names (`example.com..variant`) are
 * no domain names. Throws PowerDnsAnswerError.
 */
export function readListedZone(text: string): ApiZone | undefined {
  return read(listedZone, text, 'a list of zones')
}

export function readServerVersion(text: string): string {
  return read(z.object({version: z.string()}), text, 'a server').version
}

function read<T>(schema: z.ZodType<T>, text: string, what: string): T {
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw new PowerDnsAnswerError(`the PowerDNS API answered something that is not ${what}`, {
      cause,
      hints: ['Check that `api_url` points at the PowerDNS API itself (version 4.7 or newer)'],
    })
  }
}
