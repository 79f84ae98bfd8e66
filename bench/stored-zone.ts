import {encode} from 'dns-packet'
import type {ZoneStore} from '../src/lib/broker/zone-store.js'
import {zoneName} from '../src/lib/dns/name.js'
import {type Transfer, TransferAssembler} from '../src/lib/dns/transfer.js'
import {versionOf} from '../src/lib/sync/provide/new-version.js'
import {signState} from '../src/lib/zone/signature.js'
import type {SigningKey} from '../src/lib/zone/signing-key.js'
import {packMessages} from '../src/lib/zone/snapshot.js'

/** A zone as `fillDatabase` writes it. */
export const SOA = {
  mname: 'ns1.nameserver.invalid',
  rname: 'hostmaster.nameserver.invalid',
  serial: 1,
  refresh: 10_800,
  retry: 3600,
  expire: 604_800,
  minimum: 3600,
}
export const ADDRESSES = ['192.0.2.1', '192.0.2.2']

const ADMISSION = {expiredSignatures: 'refuse', zonemd: 'off'} as const
const INLINE_BYTES = 128 * 1024

/** Stores the zone as a zone-provider that read it from the primary would; nothing where it has done so already. */
export async function storeZone(store: ZoneStore, name: string, key: SigningKey): Promise<void> {
  const transfer = transferOf(name)
  const snapshot = await packMessages(transfer.messages)
  const made = {event: 0, admission: ADMISSION, inlineBytes: INLINE_BYTES, at: Date.now()}
  const version = signState(versionOf(transfer, {...snapshot, ...made}), key, Date.now())
  try {
    await store.put(version, snapshot.packed, 0)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'PDIST_REVISION_CONFLICT')) throw error
  }
}

function transferOf(name: string): Transfer {
  const soa = {name, type: 'SOA', ttl: 3600, data: SOA} as const
  const message = encode({
    type: 'response',
    flags: 0x0400,
    questions: [{name, type: 'AXFR', class: 'IN'}],
    answers: [
      soa,
      {name, type: 'NS', ttl: 3600, data: SOA.mname},
      ...ADDRESSES.map((data, at) => ({name: `h${at}.${name}`, type: 'A', ttl: 3600, data}) as const),
      soa,
    ],
  })
  const limits = {bytes: message.length, records: ADDRESSES.length + 3}
  const assembler = new TransferAssembler({zone: zoneName(name), id: 0, limits})
  assembler.push(message)
  return assembler.finish()
}
