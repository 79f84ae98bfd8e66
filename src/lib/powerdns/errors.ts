import {PdistError} from '../errors.js'

/** The API could not be reached, or answered nothing that is HTTP, or not in time: try again later. */
export class PowerDnsUnavailableError extends PdistError {
  readonly code = 'PDIST_POWERDNS_UNAVAILABLE'
}

/** PowerDNS refused the API key (401 or 403). */
export class PowerDnsUnauthorizedError extends PdistError {
  readonly code = 'PDIST_POWERDNS_UNAUTHORIZED'
}

/** PowerDNS answered with an error of its own; `status` is the HTTP status, the message PowerDNS's words. */
export class PowerDnsRequestError extends PdistError {
  readonly code = 'PDIST_POWERDNS_REQUEST'
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }

  /** SQLite's answer when another connection writes at that moment: the same request succeeds a little later. */
  get databaseLocked(): boolean {
    return /database is locked/i.test(this.message)
  }
}

/** PowerDNS answered with something that its API does not answer. */
export class PowerDnsAnswerError extends PdistError {
  readonly code = 'PDIST_POWERDNS_ANSWER'
}
