import type {ZoneName} from '../../../src/lib/dns/name.js'
import {type Transfer, TransferAssembler} from '../../../src/lib/dns/transfer.js'
import {a, message, question, soa} from '../../unit/dns/messages.js'

/** A real transfer of an unsigned zone with this serial; `text` is a label, and makes its contents differ. */
export function transferOf(zone: ZoneName, serial: number, text: string, {records = 2} = {}): Transfer {
  const assembler = new TransferAssembler({zone, id: 7, limits: {bytes: 10 ** 6, records: 5000}})
  const hosts = Array.from({length: records - 1}, (_, last) => a(text, last))
  assembler.push(message([soa(serial), ...hosts, soa(serial)], {question: question(zone)}))
  return assembler.finish()
}
