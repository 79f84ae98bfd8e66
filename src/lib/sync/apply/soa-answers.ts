import type {ZoneName} from '../../dns/name.js'
import type {SoaAnswer} from '../../dns/soa.js'

/** TTL and length of the rdata. */
const HEAD_BYTES = 8

/** The SOA answers of many zones, each as one text with a character for each byte: a fifth of the memory of the arrays. */
export class SoaAnswers {
  readonly #packed = new Map<ZoneName, string>()
  readonly #most: number

  /** Beyond `most` zones, those that were set first are forgotten. */
  constructor(most: number) {
    this.#most = most
  }

  get(zone: ZoneName): SoaAnswer | undefined {
    const packed = this.#packed.get(zone)
    return packed === undefined ? undefined : unpack(packed)
  }

  set(zone: ZoneName, answer: SoaAnswer): void {
    this.#packed.delete(zone)
    this.#packed.set(zone, pack(answer))
    if (this.#packed.size <= this.#most) return
    for (const first of this.#packed.keys()) {
      this.#packed.delete(first)
      return
    }
  }

  delete(zone: ZoneName): void {
    this.#packed.delete(zone)
  }
}

function pack({ttl, rdata, signatures}: SoaAnswer): string {
  const records = [{ttl, rdata}, ...signatures]
  const bytes = Buffer.alloc(records.reduce((sum, each) => sum + HEAD_BYTES + each.rdata.length, 0))
  let at = 0
  for (const {ttl, rdata} of records) {
    bytes.writeUInt32BE(ttl, at)
    bytes.writeUInt32BE(rdata.length, at + 4)
    bytes.set(rdata, at + HEAD_BYTES)
    at += HEAD_BYTES + rdata.length
  }
  return bytes.toString('latin1')
}

function unpack(packed: string): SoaAnswer {
  const bytes = Buffer.from(packed, 'latin1')
  const records: Array<{ttl: number; rdata: Uint8Array}> = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + HEAD_BYTES + bytes.readUInt32BE(at + 4)
    records.push({ttl: bytes.readUInt32BE(at), rdata: bytes.subarray(at + HEAD_BYTES, end)})
    at = end
  }
  const [soa, ...signatures] = records
  if (!soa) throw new RangeError('there is nothing to unpack')
  return {...soa, signatures}
}
