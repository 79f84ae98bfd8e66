import {hash} from 'node:crypto'
import type {ZoneStore} from '../src/lib/broker/zone-store.js'
import {type ZoneName, zoneName} from '../src/lib/dns/name.js'
import type {Version} from '../src/lib/zone/version.js'

/** Of a zone with some records, packed. */
const BODY = new Uint8Array(400)
const AT_ONCE = 256
const SIGNED_FOR_S = 14 * 86_400

export function manyZones(count: number): ZoneName[] {
  return Array.from({length: count}, (_, i) => zoneName(`zone-${i}.comparison.example.`))
}

/** Puts a version of each zone straight into the store, of every other one as if it were signed. */
export async function fillStore(
  store: ZoneStore,
  zones: readonly ZoneName[],
  signal: AbortSignal,
): Promise<void> {
  const left = zones.entries()
  const writer = async () => {
    for (const [at, zone] of left) {
      signal.throwIfAborted()
      await store.put(versionOf(zone, at), BODY, 0)
    }
  }
  await Promise.all(Array.from({length: AT_ONCE}, writer))
}

function versionOf(zone: ZoneName, at: number): Version {
  const digest = hash('sha256', zone, 'base64url')
  const now = Date.now()
  const inception = Math.floor(now / 1000)
  const expiration = inception + SIGNED_FOR_S
  const signed = at % 2 === 1
  const signatures = [{keyTag: at % 65_536, inception, expiration}]
  const serial = 2_026_010_100 + (at % 100)
  return {
    kind: 'version',
    zone,
    fingerprint: signed ? {serial, signatures, keySet: digest} : {serial, signatures: []},
    ...(signed ? {expires: expiration} : {}),
    content: digest,
    digest,
    records: 12,
    bytes: 800,
    messages: 1,
    packed: BODY.length,
    event: 0,
    at: now,
  }
}
