import {PdistError} from '../../errors.js'

/** What should be a record's rdata, or a part of it, cannot be read. Whoever knows file and line adds them. */
export class InvalidRdataError extends PdistError {
  readonly code = 'PDIST_INVALID_RDATA'
}
