import {type Keys, optional, withDefault} from './keys.js'
import {base64Secret, choice, listenAddress, listOf, network, text} from './kinds.js'

/** The keys of [zone_provider] about NOTIFY. */
export const notifyKeys = {
  notify_listen: withDefault(
    listOf(listenAddress({anyPort: false}), {mayBeEmpty: true}),
    [],
    'Where NOTIFY of the primary is taken, for changes that bypass the api-proxy; empty for nowhere',
  ),
  notify_from: withDefault(
    listOf(network, {mayBeEmpty: true}),
    [],
    'Who may send it; empty for the address of `primary.dns`, and for all of loopback where it is on it',
  ),
  notify_tsig_name: optional(text, 'The name of the TSIG key that every NOTIFY needs'),
  notify_tsig_algorithm: withDefault(
    choice('hmac-sha256', 'hmac-sha384', 'hmac-sha512'),
    'hmac-sha256',
    "The TSIG key's algorithm",
  ),
  notify_tsig_secret: optional(base64Secret, "The TSIG key's secret, in base64"),
} as const satisfies Keys
