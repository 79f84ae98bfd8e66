import {type Answer, type DecodedPacket, decode, encode, type RecordType} from 'dns-packet'
import {Flag, readHeader} from '../dns/wire.js'
import {NoAnswerError, type ServerAddress} from './errors.js'
import {askOverTcp} from './tcp-query.js'
import {UdpClient} from './udp-client.js'

export interface LookupOptions {
  server: ServerAddress
  /** The trailing dot is optional. */
  name: string
  /** `A`, `SOA`, …; of the types that dns-packet knows. */
  type: RecordType
  /** Ask for RRSIGs. */
  dnssec?: boolean
  signal: AbortSignal
  timeoutMs?: number
}

export interface LookupResult {
  /** `NOERROR`, `REFUSED`, … */
  rcode: string
  authoritative: boolean
  answers: Answer[]
  authorities: Answer[]
}

/**
 * One question, answered for people: over UDP, then over TCP where the answer is truncated.
 * @throws NoAnswerError; the signal's reason when it is aborted.
 */
export async function lookup(options: LookupOptions): Promise<LookupResult> {
  const {server, name, type, dnssec = false, signal, timeoutMs = 2000} = options
  const query = encode({
    type: 'query',
    questions: [{name, type, class: 'IN'}],
    additionals: [
      {
        name: '.',
        type: 'OPT',
        udpPayloadSize: 1232,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: dnssec ? 0x8000 : 0,
        flag_do: dnssec,
        options: [],
      },
    ],
  })
  const udp = new UdpClient(server)
  try {
    let message = await udp.ask(query, {timeoutMs, signal})
    if (readHeader(message).flags & Flag.TC) message = await askOverTcp(server, query, {timeoutMs, signal})
    return resultOf(server, message)
  } finally {
    await udp.close()
  }
}

function resultOf(server: ServerAddress, message: Uint8Array): LookupResult {
  let packet: DecodedPacket & {rcode?: string}
  try {
    packet = decode(Buffer.from(message))
  } catch (error) {
    throw new NoAnswerError(server, 'it cannot be decoded', error)
  }
  return {
    rcode: packet.rcode ?? 'NOERROR',
    authoritative: packet.flag_aa,
    answers: packet.answers ?? [],
    authorities: packet.authorities ?? [],
  }
}
