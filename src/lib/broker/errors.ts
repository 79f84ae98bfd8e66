import {PermissionViolationError, RequestError} from 'nats'
import {PdistError, type PdistErrorOptions} from '../errors.js'

/** No NATS server could be reached. */
export class BrokerUnavailableError extends PdistError {
  readonly code = 'PDIST_BROKER_UNAVAILABLE'
}

/** The streams and buckets are missing or cannot be made. */
export class BrokerSetupError extends PdistError {
  readonly code = 'PDIST_BROKER_SETUP'
}

/** The store holds another revision than the writer expected: somebody else wrote in between. */
export class RevisionConflictError extends PdistError {
  readonly code = 'PDIST_REVISION_CONFLICT'
}

/** A message on a subject of ours that is not of the form that pdist sends. */
export class MalformedMessageError extends PdistError {
  readonly code = 'PDIST_MALFORMED_MESSAGE'
}

/** A secondary did not answer a command, or only with an error; `reported` is that one's code. */
export class NoAnswerError extends PdistError {
  readonly code = 'PDIST_NO_ANSWER'
  readonly reported: string | undefined

  constructor(message: string, {reported, ...options}: PdistErrorOptions & {reported?: string} = {}) {
    super(message, options)
    this.reported = reported
  }
}

/** Whether the broker's permissions do not include what was tried. */
export function isDenied(error: unknown): boolean {
  if (error instanceof PermissionViolationError) return true
  return error instanceof RequestError && error.cause instanceof PermissionViolationError
}

export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
