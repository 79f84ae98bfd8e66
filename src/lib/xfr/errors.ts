import {PdistError} from '../errors.js'

/** Where a DNS server listens; a host is an IPv4 or IPv6 address, or a name. */
export interface ServerAddress {
  host: string
  port: number
}

/** `192.0.2.1:53`, `[2001:db8::1]:53`. */
export function formatAddress({host, port}: ServerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** There is no connection to the primary, or none any more. */
export class PrimaryUnreachableError extends PdistError {
  readonly code = 'PDIST_PRIMARY_UNREACHABLE'

  constructor(server: ServerAddress, cause: Error) {
    super(`No connection to the primary at ${formatAddress(server)}: ${cause.message}`, {
      cause,
      hints: [
        'Check that PowerDNS runs and listens there (`local-address`, `local-port`)',
        'Check that TCP is let through',
      ],
    })
  }
}

/** The primary said nothing for too long, or the transfer as a whole took too long. */
export class TransferTimeoutError extends PdistError {
  readonly code = 'PDIST_TRANSFER_TIMEOUT'
}

/** A server did not answer a query, or not with an answer to it. */
export class NoAnswerError extends PdistError {
  readonly code = 'PDIST_DNS_NO_ANSWER'

  constructor(server: ServerAddress, why: string, cause?: unknown) {
    super(`No answer from the DNS server at ${formatAddress(server)}: ${why}`, {
      cause,
      hints: ['Check that PowerDNS runs and listens there (`local-address`, `local-port`)'],
    })
  }
}
