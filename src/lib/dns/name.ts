import {PdistError} from '../errors.js'

declare const canonical: unique symbol

/**
 * A domain name in PowerDNS's own canonical text: lower case, absolute (trailing dot), `\.` and `\\` for those two bytes
 * inside a label, `\DDD` for every byte outside 0x21-0x7e. The root is `.`. Equal names are equal strings.
 */
export type ZoneName = string & {readonly [canonical]: true}

export class InvalidNameError extends PdistError {
  readonly code = 'PDIST_INVALID_NAME'
}
