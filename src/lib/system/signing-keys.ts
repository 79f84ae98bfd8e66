import {open, readFile, stat} from 'node:fs/promises'
import {PdistError} from '../errors.js'
import {
  formatPrivateKey,
  formatPublicKey,
  generateSigningKey,
  InvalidKeyError,
  readPrivateKey,
  type SigningKey,
} from '../zone/signing-key.js'

/** A key's public half, and the file of its private one. */
export interface KeyReport {
  file: string
  id: string
  /** As `signing.trusted_keys` takes it. */
  publicKey: string
}

/** A file is in the place where a key was to be written. */
export class FileExistsError extends PdistError {
  readonly code = 'PDIST_FILE_EXISTS'
}

/** A file of a key cannot be read or written. */
export class KeyFileError extends PdistError {
  readonly code = 'PDIST_KEY_FILE'
}

const OWNER_ONLY = 0o600

/** Makes a new key in a new file. Rejects with FileExistsError or KeyFileError. */
export async function generateKeyFile(file: string): Promise<KeyReport> {
  const key = generateSigningKey()
  try {
    await using handle = await open(file, 'wx', OWNER_ONLY)
    await handle.writeFile(formatPrivateKey(key))
    await handle.sync()
  } catch (error) {
    throw isCode(error, 'EEXIST')
      ? new FileExistsError(`${file} is there already, and a key that is lost cannot be made again`, {
          hints: ['Choose another file', '`pdist keys show` prints the public half of the key that is there'],
        })
      : keyFileError(file, 'written', error)
  }
  return reportOfKey(file, key)
}

/** Rejects with KeyFileError or InvalidKeyError. */
export async function showKeyFile(file: string): Promise<KeyReport> {
  return reportOfKey(file, await readKeyFile(file))
}

/** Rejects with KeyFileError or InvalidKeyError. `onExposed` is called where every user of the machine may read the file. */
export async function readKeyFile(file: string, onExposed?: () => void): Promise<SigningKey> {
  let pem: string
  try {
    pem = await readFile(file, 'utf8')
    if (((await stat(file)).mode & 0o007) > 0) onExposed?.()
  } catch (error) {
    throw keyFileError(file, 'read', error)
  }
  try {
    return readPrivateKey(pem)
  } catch (error) {
    if (!(error instanceof InvalidKeyError)) throw error
    throw new InvalidKeyError(`${file}: ${error.message}`, {hints: error.hints})
  }
}

function reportOfKey(file: string, key: SigningKey): KeyReport {
  return {file, id: key.id, publicKey: formatPublicKey(key)}
}

function keyFileError(file: string, what: 'read' | 'written', cause: unknown): KeyFileError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new KeyFileError(`the key in ${file} cannot be ${what}: ${why}`, {
    cause,
    hints: ['See that the folder is there, and who may read and write in it'],
  })
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
