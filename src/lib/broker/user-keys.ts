import {nkeys} from 'nats'
import {PdistError} from '../errors.js'

export class UserKeyError extends PdistError {
  readonly code = 'PDIST_USER_KEY'
}

export interface UserKey {
  /** The secret by which a client proves who it is; `broker.nkey_file` names a file with it. */
  seed: string
  publicKey: string
}

export function makeUserKey(): UserKey {
  const pair = nkeys.createUser()
  const seed = Buffer.from(pair.getSeed()).toString()
  return {seed, publicKey: pair.getPublicKey()}
}

/** Throws UserKeyError where the text is no user's seed. */
export function readUserKey(text: string, from: string): UserKey {
  const seed = text.trim()
  try {
    const publicKey = nkeys.fromSeed(Buffer.from(seed)).getPublicKey()
    if (publicKey.startsWith('U')) return {seed, publicKey}
  } catch (cause) {
    throw notASeed(from, cause)
  }
  throw notASeed(from)
}

function notASeed(from: string, cause?: unknown): UserKeyError {
  return new UserKeyError(`${from} holds no nkey seed of a user`, {
    cause,
    hints: ['It is one line that begins with SU', 'Remove the file to have a new one made'],
  })
}
