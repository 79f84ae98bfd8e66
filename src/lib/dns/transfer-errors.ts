import {PdistError, type PdistErrorOptions} from '../errors.js'
import {Rcode, rcodeName} from './wire.js'

/** The primary answered, with an error. */
export class TransferRefusedError extends PdistError {
  readonly code = 'PDIST_TRANSFER_REFUSED'
  readonly rcode: number

  constructor(zone: string, rcode: number, options: PdistErrorOptions = {}) {
    super(`The primary does not transfer ${zone}: ${rcodeName(rcode)}`, {
      hints: hintsFor(zone, rcode),
      ...options,
    })
    this.rcode = rcode
  }
}

/** What came is no answer to what was asked, or no transfer at all. */
export class TransferMalformedError extends PdistError {
  readonly code = 'PDIST_TRANSFER_MALFORMED'
}

/** The SOA at the end is another than at the beginning: the zone changed during the transfer. */
export class TransferInconsistentError extends PdistError {
  readonly code = 'PDIST_TRANSFER_INCONSISTENT'
}

export class TransferTooLargeError extends PdistError {
  readonly code = 'PDIST_TRANSFER_TOO_LARGE'
}

/** The transfer ended before its closing SOA. */
export class TransferIncompleteError extends PdistError {
  readonly code = 'PDIST_TRANSFER_INCOMPLETE'
}

/** The TSIG is missing or wrong; the cause tells which. */
export class TransferUnauthenticError extends PdistError {
  readonly code = 'PDIST_TRANSFER_UNAUTHENTIC'
}

function hintsFor(zone: string, rcode: number): string[] {
  switch (rcode) {
    case Rcode.REFUSED:
    case Rcode.NOTAUTH:
      return [
        `Allow this host in \`allow-axfr-ips\` on the primary, or let \`TSIG-ALLOW-AXFR\` of ${zone} name the TSIG key`,
        `Check that the primary has ${zone}: \`pdnsutil list-zone ${zone}\`; a new zone is known to it after \`zone-cache-refresh-interval\``,
      ]
    case Rcode.SERVFAIL:
      return ["See the primary's log: its database may be locked or unreachable"]
    default:
      return ['Check that the configured address is that of the PowerDNS primary']
  }
}
