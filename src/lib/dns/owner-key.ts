import {copyName, MAX_NAME_BYTES} from './name.js'

/** Room for a name of which every byte is escaped, and the zero byte behind each label. */
const MAX_KEY_BYTES = 3 * MAX_NAME_BYTES
const ESCAPE = 1

const name = new Uint8Array(MAX_NAME_BYTES)
const key = Buffer.alloc(MAX_KEY_BYTES)
const labels = new Uint8Array(MAX_NAME_BYTES)

/**
 * A text for the name at `offset`, in lower case: equal for equal names, and such that texts sort, by their code units as
 * `Array.prototype.sort` does, in the canonical order of names (RFC 4034 §6.1).
 *
 * It has the labels from the last to the first, each with a zero byte behind it. A zero or one byte in a label is escaped, so
 * that a label that ends sorts before one that goes on. So, too, does a name's text begin with that of every name above it.
 * @throws MalformedMessageError
 */
export function ownerKey(message: Uint8Array, offset: number): string {
  const count = findLabels(copyName(message, offset, name, 0))
  let length = 0
  for (let i = count - 1; i >= 0; i--) {
    const head = labels[i] ?? 0
    const end = head + (name[head] ?? 0)
    for (let at = head + 1; at <= end; at++) {
      const byte = name[at] ?? 0
      if (byte <= ESCAPE) key[length++] = ESCAPE
      key[length++] = byte <= ESCAPE ? byte + 1 : byte
    }
    key[length++] = 0
  }
  return key.toString('latin1', 0, length)
}

/** Notes where each label begins; returns how many there are, the root not counted. */
function findLabels(length: number): number {
  let count = 0
  for (let at = 0; at < length - 1; at += (name[at] ?? 0) + 1) labels[count++] = at
  return count
}
