import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import {PdistError} from '../errors.js'

/** A public key by which versions are known to be a zone-provider's (Ed25519, RFC 8032). */
export interface TrustedKey {
  /** Follows from the key: 16 hexadecimal digits of its SHA-256. */
  readonly id: string
  readonly publicKey: KeyObject
}

/** What a zone-provider signs with. */
export interface SigningKey extends TrustedKey {
  readonly privateKey: KeyObject
}

export class InvalidKeyError extends PdistError {
  readonly code = 'PDIST_INVALID_KEY'
}

const LINE = /^pdist-ed25519 ([0-9a-f]{16}) ([A-Za-z0-9+/]{43}=)$/

export function generateSigningKey(): SigningKey {
  return signingKeyOf(generateKeyPairSync('ed25519').privateKey)
}

/** Reads a private key as PKCS#8 in PEM. Throws InvalidKeyError, which never quotes the text. */
export function readPrivateKey(pem: string): SigningKey {
  let privateKey: KeyObject
  try {
    privateKey = createPrivateKey(pem)
  } catch {
    // OpenSSL's reasons say nothing to anybody, and may one day quote what they were given.
    throw new InvalidKeyError('this is no private key in PEM', {hints: [MAKE_ONE]})
  }
  if (privateKey.asymmetricKeyType === 'ed25519') return signingKeyOf(privateKey)
  throw new InvalidKeyError(`this is a key of type ${privateKey.asymmetricKeyType}, not of type ed25519`, {
    hints: [MAKE_ONE],
  })
}

/** The private key as PKCS#8 in PEM. */
export function formatPrivateKey({privateKey}: SigningKey): string {
  return privateKey.export({type: 'pkcs8', format: 'pem'}).toString()
}

/** The public key in one line: `pdist-ed25519 <id> <base64>`. */
export function formatPublicKey({id, publicKey}: TrustedKey): string {
  return `pdist-ed25519 ${id} ${rawKey(publicKey).toString('base64')}`
}

/** Reads what `formatPublicKey` wrote. Throws InvalidKeyError, also where the id is another key's. */
export function readPublicKey(line: string): TrustedKey {
  const [, id, base64 = ''] = LINE.exec(line.trim()) ?? []
  if (id === undefined) throw new InvalidKeyError('expected a public key: `pdist-ed25519 <id> <base64>`')
  const raw = Buffer.from(base64, 'base64')
  if (idOf(raw) !== id) throw new InvalidKeyError(`the id ${id} does not belong to this public key`)
  const jwk = {kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url')}
  return {id, publicKey: createPublicKey({key: jwk, format: 'jwk'})}
}

/** 64 bytes in base64url. */
export function signBytes(bytes: Uint8Array, {privateKey}: SigningKey): string {
  return sign(null, bytes, privateKey).toString('base64url')
}

export function isSignatureOf(signature: string, bytes: Uint8Array, {publicKey}: TrustedKey): boolean {
  return verify(null, bytes, publicKey, Buffer.from(signature, 'base64url'))
}

const MAKE_ONE = 'Make one with `pdist keys generate --output FILE`'

function signingKeyOf(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey)
  return {id: idOf(rawKey(publicKey)), publicKey, privateKey}
}

function rawKey(publicKey: KeyObject): Buffer {
  return Buffer.from(publicKey.export({format: 'jwk'}).x ?? '', 'base64url')
}

function idOf(raw: Buffer): string {
  return hash('sha256', raw, 'hex').slice(0, 16)
}
