import {readPublicKey} from '../zone/signing-key.js'
import {type Keys, optional, withDefault} from './keys.js'
import {flawed, type Kind, listOf, path, text} from './kinds.js'

const line: Kind<string> = {
  ...text,
  read(value) {
    const reading = text.read(value)
    if (reading.flaws) return reading
    try {
      readPublicKey(reading.value)
      return reading
    } catch (error) {
      return flawed(error instanceof Error ? error.message : 'expected a public key')
    }
  },
}

/** The keys of [signing]. */
export const signingKeys = {
  key_file: optional(
    path,
    'The private key with which the zone-provider signs every version (`pdist keys generate`); without, none is signed',
  ),
  trusted_keys: withDefault(
    listOf(line, {mayBeEmpty: true}),
    [],
    'Public keys (`pdist-ed25519 <id> <base64>`). A syncer takes only what one of them signed, and believes everything where \
there are none. A zone-provider leaves what one of them signed as it is',
  ),
} as const satisfies Keys
