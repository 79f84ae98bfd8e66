import {type Keys, withDefault} from './keys.js'
import {choice, duration, listOf, text} from './kinds.js'

/** The keys of [health_checker] about signed zones. */
export const signatureKeys = {
  signature_warning: withDefault(
    duration('1m', '365d'),
    '2d',
    'The time left to signatures in the store from which on they are warned about',
  ),
  signature_check: withDefault(
    duration('1s', '7d'),
    '1h',
    'In what time every zone is once compared, over DNS, with what the primary serves: signatures, keys, serial; needs [primary]',
  ),
  nsec3: withDefault(
    choice('off', 'activate'),
    'off',
    '`activate` changes the primary: its signed zones with plain NSEC are given NSEC3 as of RFC 9276 (`1 0 0 -`) and are \
rectified; never presigned, secondary or exempt ones, nor those with NSEC3 of another kind; needs [primary]',
  ),
  nsec3_exempt: withDefault(
    listOf(text, {mayBeEmpty: true}),
    [],
    'Zones that keep plain NSEC in spite of `nsec3`',
  ),
} as const satisfies Keys
