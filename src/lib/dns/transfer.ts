import {ApexReader} from './apex.js'
import {ContentDigest} from './content.js'
import type {ZoneName} from './name.js'
import {RecordCursor, skipQuestions} from './record.js'
import {readSoa, type Soa, type SoaSignature} from './soa.js'
import {
  TransferIncompleteError,
  TransferInconsistentError,
  TransferMalformedError,
  TransferRefusedError,
  TransferTooLargeError,
  TransferUnauthenticError,
} from './transfer-errors.js'
import {findTsig, TsigError} from './tsig-record.js'
import {serverRefusal, type TsigVerifier} from './tsig-verify.js'
import {
  Class,
  Flag,
  HEADER_BYTES,
  type Header,
  MalformedMessageError,
  readHeader,
  Type,
  uint16,
} from './wire.js'

/** A zone as its primary sent it: whole, checked, in the order of the messages. */
export interface Transfer {
  zone: ZoneName
  /** Byte for byte as they came, except that the ID is zero and a TSIG is cut off. */
  messages: Uint8Array[]
  /** Of all messages together. */
  bytes: number
  /** The closing SOA is not counted. */
  records: number
  soa: Soa
  /** Of the apex SOA, ordered by key tag, inception, expiration. */
  signatures: SoaSignature[]
  /** `hashKeySet` of the apex; absent for an unsigned zone. */
  keySet?: string
  /** There is an RRSIG over the apex SOA. */
  signed: boolean
  /** When the first of all RRSIGs expires, in seconds as on the wire (RFC 4034 §3.1.5); absent where there is none. */
  expires?: number
  /** The rdata of the apex's ZONEMD records (RFC 8976 §2.2). */
  zonemds: readonly Uint8Array[]
  /** `ContentDigest`: equal for two transfers of an unchanged zone. */
  content: string
}

export interface TransferLimits {
  bytes: number
  records: number
}

export interface TransferAssemblerOptions {
  zone: ZoneName
  /** Of the AXFR query. */
  id: number
  limits: TransferLimits
  /** Where the query was signed. */
  tsig?: TsigVerifier
}

/** Puts the messages of an AXFR answer together (RFC 5936 §2.2) and believes nothing in them. */
export class TransferAssembler {
  readonly #zone: ZoneName
  readonly #apex: ApexReader
  readonly #id: number
  readonly #limits: TransferLimits
  readonly #tsig: TsigVerifier | undefined
  readonly #messages: Uint8Array[] = []
  readonly #content = new ContentDigest()
  #soa: Soa | undefined
  #bytes = 0
  #records = 0
  #complete = false

  constructor({zone, id, limits, tsig}: TransferAssemblerOptions) {
    this.#zone = zone
    this.#apex = new ApexReader(zone)
    this.#id = id
    this.#limits = limits
    this.#tsig = tsig
  }

  /**
   * Takes the next message, which it keeps and changes in place. True when the transfer is complete.
   * @throws PdistError `PDIST_TRANSFER_…`; after that the assembler is of no more use.
   */
  push(message: Uint8Array): boolean {
    try {
      this.#take(message)
    } catch (error) {
      throw this.#explained(error)
    }
    return this.#complete
  }

  /** @throws TransferIncompleteError, TransferUnauthenticError */
  finish(): Transfer {
    const soa = this.#soa
    if (!soa || !this.#complete) {
      throw new TransferIncompleteError(
        `The transfer of ${this.#zone} ended after ${this.#records} records`,
        {
          hints: ["See the primary's log", 'Raise the limits of time if the zone is large'],
        },
      )
    }
    try {
      this.#tsig?.finish()
    } catch (error) {
      throw this.#explained(error)
    }
    const {signatures, keySet, expires, zonemds} = this.#apex
    return {
      zone: this.#zone,
      messages: this.#messages,
      bytes: this.#bytes,
      records: this.#records,
      soa,
      signatures,
      ...(keySet === undefined ? {} : {keySet}),
      signed: signatures.length > 0,
      ...(expires === undefined ? {} : {expires}),
      zonemds,
      content: this.#content.finish(),
    }
  }

  #take(received: Uint8Array): void {
    if (this.#complete) throw new MalformedMessageError('a message follows the closing SOA')
    const header = this.#checkHeader(received)
    const message = this.#tsig ? this.#tsig.verify(received) : received
    this.#bytes += message.length
    if (this.#bytes > this.#limits.bytes) throw this.#tooLarge(`${this.#limits.bytes} bytes`)
    this.#checkQuestion(message, header)
    this.#walk(message, header)
    message[0] = 0
    message[1] = 0
    this.#messages.push(message)
    this.#digest(message)
  }

  #checkHeader(message: Uint8Array): Header {
    const header = readHeader(message)
    if (!(header.flags & Flag.QR) || header.opcode !== 0) throw new MalformedMessageError('this is no answer')
    if (header.id !== this.#id) throw new MalformedMessageError(`ID ${header.id} instead of ${this.#id}`)
    if (header.rcode !== 0) throw this.#refused(message, header.rcode)
    if (header.flags & Flag.TC) throw new MalformedMessageError('a transfer cannot be truncated')
    return header
  }

  #refused(message: Uint8Array, rcode: number): TransferRefusedError {
    const tsig = findTsig(message)
    const cause = tsig && tsig.error !== 0 ? serverRefusal(tsig) : undefined
    return new TransferRefusedError(this.#zone, rcode, cause ? {cause, hints: cause.hints} : {})
  }

  /** RFC 5936 §2.2.1: only the first message must repeat the question. */
  #checkQuestion(message: Uint8Array, {questions}: Header): void {
    if (questions === 0 && this.#messages.length > 0) return
    const end = skipQuestions(message, 1)
    const matches =
      questions === 1 &&
      this.#apex.isApex(message, HEADER_BYTES) &&
      uint16(message, end - 4) === Type.AXFR &&
      uint16(message, end - 2) === Class.IN
    if (!matches) throw new MalformedMessageError('the question is not the one that was asked')
  }

  #walk(message: Uint8Array, header: Header): void {
    const additionals = uint16(message, 10)
    if (header.authorities + additionals > 0) {
      throw new MalformedMessageError('a transfer has records in its answer section only')
    }
    const record = new RecordCursor(message, skipQuestions(message, header.questions), header.answers)
    while (record.next()) {
      if (this.#complete) throw new MalformedMessageError('a record follows the closing SOA')
      if (record.class !== Class.IN) throw new MalformedMessageError(`a record of class ${record.class}`)
      this.#inspect(record)
    }
    if (record.end !== message.length) throw new MalformedMessageError('bytes behind the last record')
  }

  #inspect(record: RecordCursor): void {
    if (record.type === Type.SOA) {
      this.#inspectSoa(record)
      if (this.#complete) return
    } else if (!this.#soa) {
      throw new MalformedMessageError('the first record is not the SOA')
    } else {
      this.#apex.inspect(record)
    }
    this.#records++
    if (this.#records > this.#limits.records) throw this.#tooLarge(`${this.#limits.records} records`)
  }

  #inspectSoa(record: RecordCursor): void {
    if (!this.#apex.isApex(record.message, record.owner))
      throw new MalformedMessageError('a SOA that is not at the apex')
    const soa = readSoa(record)
    if (!this.#soa) {
      this.#soa = soa
      return
    }
    if (Buffer.compare(soa.rdata, this.#soa.rdata) !== 0) {
      throw new TransferInconsistentError(
        `${this.#zone} changed during its transfer: it begins with serial ${this.#soa.serial} and ends with ${soa.serial}`,
        {hints: ['Transfer it again']},
      )
    }
    this.#complete = true
  }

  /** Until the first RRSIG was seen the zone may be unsigned, which is the cheaper digest; with it, all count again. */
  #digest(message: Uint8Array): void {
    if (!this.#apex.hasSignatures) this.#content.addMessage(message)
    else if (this.#content.countsRecords) this.#content.addRecords(message)
    else for (const each of this.#messages) this.#content.addRecords(each)
  }

  #tooLarge(limit: string): TransferTooLargeError {
    return new TransferTooLargeError(`${this.#zone} has more than the ${limit} that are allowed`, {
      hints: ['Raise the limit if the zone is meant to be so large'],
    })
  }

  #explained(error: unknown): unknown {
    const options = {
      cause: error,
      hints: ['Check that the configured address is that of the PowerDNS primary'],
    }
    if (error instanceof MalformedMessageError) {
      return new TransferMalformedError(
        `The transfer of ${this.#zone} is malformed: ${error.message}`,
        options,
      )
    }
    if (error instanceof TsigError) {
      const {hints} = error
      return new TransferUnauthenticError(`${this.#zone}: ${error.message}`, {cause: error, hints})
    }
    return error
  }
}
