import {createPrivateKey, X509Certificate} from 'node:crypto'
import {mkdir, readFile} from 'node:fs/promises'
import {hostname} from 'node:os'
import {join} from 'node:path'
import {makeServerCertificate} from '../certificates/make.js'
import {writeWholeFile} from '../whole-file.js'
import {CertificateError} from './errors.js'

export interface CertificateFiles {
  certificateFile: string
  keyFile: string
}

export interface ServerCertificate extends CertificateFiles {
  /** PEM, with the chain if the file has one. */
  certificate: string
  /** PEM */
  key: string
}

/**
 * Reads the operator's own certificate.
 * @throws CertificateError where a file cannot be read, the two do not belong together, or the certificate is not valid now.
 */
export async function ownCertificate(files: CertificateFiles, now = new Date()): Promise<ServerCertificate> {
  const [certificate, key] = await Promise.all([read(files.certificateFile), read(files.keyFile)])
  const parsed = parse(files.certificateFile, () => new X509Certificate(certificate))
  const parsedKey = parse(files.keyFile, () => createPrivateKey(key))
  if (!parsed.checkPrivateKey(parsedKey)) {
    throw new CertificateError(`${files.keyFile} is not the key of ${files.certificateFile}`, {
      hints: ['Name the certificate and the key that were made together'],
    })
  }
  if (parsed.validToDate < now || parsed.validFromDate > now) {
    throw new CertificateError(
      `${files.certificateFile} is valid from ${parsed.validFrom} to ${parsed.validTo}, not now`,
      {hints: ['Renew it; a self-signed one is made again when both of its files are removed']},
    )
  }
  return {...files, certificate, key}
}

/**
 * The self-signed certificate kept in `directory`; made there (EC P-256, 10 years, for localhost, the loopback addresses and
 * `host`) if there is none.
 * @throws CertificateError
 */
export async function selfSignedCertificate(
  directory: string,
  host = hostname(),
): Promise<ServerCertificate> {
  const files = {
    certificateFile: join(directory, 'proxy-cert.pem'),
    keyFile: join(directory, 'proxy-key.pem'),
  }
  try {
    return await ownCertificate(files)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  const {certificate, key} = await makeServerCertificate('pdist api-proxy', [
    'localhost',
    host,
    '127.0.0.1',
    '::1',
  ])
  await mkdir(directory, {recursive: true, mode: 0o700})
  // The certificate last: it is not there before its key is.
  await replace(files.keyFile, key, 0o600)
  await replace(files.certificateFile, certificate, 0o644)
  return {...files, certificate, key}
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CertificateError(`cannot read ${file}: ${reason}`, {
      cause,
      hints: ['The files must be readable by the user that runs the api-proxy'],
    })
  }
}

function parse<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new CertificateError(`${file} holds no PEM that can be read`, {
      cause,
      hints: ['Certificate and key must be PEM, the key without a passphrase'],
    })
  }
}

function isMissing(error: unknown): boolean {
  if (!(error instanceof CertificateError)) return false
  return error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'ENOENT'
}

async function replace(file: string, content: string, mode: number): Promise<void> {
  try {
    await writeWholeFile(file, content, {mode})
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CertificateError(`cannot write ${file}: ${reason}`, {
      cause,
      hints: ['Let this user write there'],
    })
  }
}
