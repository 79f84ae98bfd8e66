import type {ZoneName} from '../../../src/lib/dns/name.js'
import {type Transfer, TransferAssembler} from '../../../src/lib/dns/transfer.js'
import {a, message, question, rrsig, soa} from '../../unit/dns/messages.js'

/** Those of the SOA of every zone that is signed. */
export const SIGNATURES = [{keyTag: 12_345, inception: 100, expiration: 200}]

/**
 * A real transfer of a zone with this serial, which has at least its signature where it is signed; `text` is a label, and makes its
 * contents differ.
 */
export function transferOf(
  zone: ZoneName,
  serial: number,
  text: string,
  {records = 2, signed = false} = {},
): Transfer {
  const assembler = new TransferAssembler({zone, id: 7, limits: {bytes: 10 ** 6, records: 5000}})
  const hosts = Array.from({length: records - 1}, (_, last) => a(text, last))
  const signatures = signed ? [rrsig()] : []
  assembler.push(message([soa(serial), ...signatures, ...hosts, soa(serial)], {question: question(zone)}))
  return assembler.finish()
}
