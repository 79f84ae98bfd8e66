import {PdistError} from '../errors.js'

/** The intent journal cannot be read or written. */
export class JournalError extends PdistError {
  readonly code = 'PDIST_JOURNAL_UNAVAILABLE'

  /** Says what to do about the errno of `cause`. */
  static of(what: string, directory: string, cause: unknown): JournalError {
    const errno = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    const reason = cause instanceof Error ? cause.message : String(cause)
    return new JournalError(`${what}: ${reason}`, {cause, hints: hintsFor(errno, directory)})
  }
}

function hintsFor(errno: string, directory: string): string[] {
  switch (errno) {
    case 'ENOSPC':
    case 'EDQUOT':
      return [`Free space on the file system of ${directory}: no change is taken without its intent on disk`]
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return [`Let this user write to ${directory}`, 'Or name another state directory in the configuration']
    default:
      return [`Look at ${directory} and its disk`]
  }
}

/** Another process of this machine holds the journal. */
export class JournalLockedError extends PdistError {
  readonly code = 'PDIST_JOURNAL_LOCKED'
}

/** The certificate or its key cannot be used. */
export class CertificateError extends PdistError {
  readonly code = 'PDIST_CERTIFICATE'
}

/** PowerDNS could not be reached, or the connection ended before its answer. */
export class UpstreamUnavailableError extends PdistError {
  readonly code = 'PDIST_UPSTREAM_UNAVAILABLE'
}

/** PowerDNS did not answer in time. */
export class UpstreamTimeoutError extends PdistError {
  readonly code = 'PDIST_UPSTREAM_TIMEOUT'
}

/** The request cannot be forwarded as it is. */
export class BadRequestError extends PdistError {
  readonly code = 'PDIST_BAD_REQUEST'
}

/** The client went away before its request was whole. */
export class ClientGoneError extends PdistError {
  readonly code = 'PDIST_CLIENT_GONE'
}
