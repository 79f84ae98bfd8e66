import {X509Certificate} from 'node:crypto'
import {access, constants, readFile, stat} from 'node:fs/promises'
import {userInfo} from 'node:os'
import {dirname, join} from 'node:path'
import {reasonOf} from '../../config/file.js'
import {secretFiles} from '../../config/secret-files.js'
import type {CertificateFact, FileFact, MachineFacts} from '../../doctor/facts.js'
import type {DoctorContext} from './context.js'

type NamedFile = Pick<FileFact, 'path' | 'named' | 'secret'>

/** The configuration and the files that it names, with their permissions. */
export async function lookAtFiles({input, config}: DoctorContext): Promise<FileFact[]> {
  const {reading} = input
  const {broker, apiProxy} = config
  const secret = secretFiles(reading).map((file) => ({...file, secret: true}))
  const isListed = secret.some(({path}) => path === reading.file)
  const files: NamedFile[] = [
    ...named('the configuration', isListed ? undefined : reading.file, false),
    ...secret,
    ...named('broker.cert_file', broker.certFile, false),
    ...named('broker.ca_file', broker.caFile, false),
    ...named('api_proxy.cert_file', apiProxy.certFile, false),
  ]
  return Promise.all(files.map(lookAt))
}

/** The certificates that the configuration names, and the one that the api-proxy made for itself. */
export async function lookAtCertificates({config}: DoctorContext): Promise<CertificateFact[]> {
  const {broker, apiProxy, state} = config
  const made = join(state.directory, 'proxy-cert.pem')
  const isMade = apiProxy.certFile === undefined && (await isReadable(made))
  const files = [
    ...named('broker.cert_file', broker.certFile, false),
    ...named('broker.ca_file', broker.caFile, false),
    ...named('api_proxy.cert_file', apiProxy.certFile, false),
    ...named('state.directory', isMade ? made : undefined, false),
  ]
  return Promise.all(files.map(certificate))
}

export async function lookAtState(path: string): Promise<MachineFacts['stateDirectory']> {
  const {username: user} = userInfo()
  try {
    if (!(await stat(path)).isDirectory()) return {path, user, state: 'no directory'}
    return {path, user, state: (await isWritable(path)) ? 'writable' : 'not writable'}
  } catch {
    return {path, user, state: (await canBeMade(path)) ? 'missing but possible' : 'missing'}
  }
}

function named(name: string, path: string | undefined, secret: boolean): NamedFile[] {
  return path === undefined ? [] : [{path, named: name, secret}]
}

async function lookAt(file: NamedFile): Promise<FileFact> {
  try {
    return {...file, mode: (await stat(file.path)).mode & 0o777}
  } catch (error) {
    return {...file, missing: reasonOf(error)}
  }
}

async function certificate({path, named}: NamedFile): Promise<CertificateFact> {
  const now = Date.now()
  try {
    const {validFromDate, validToDate} = new X509Certificate(await readFile(path))
    return {path, named, now, validFrom: validFromDate.getTime(), validTo: validToDate.getTime()}
  } catch (error) {
    return {path, named, now, unreadable: reasonOf(error)}
  }
}

/** Whether the nearest folder above that exists can be written to. */
async function canBeMade(path: string): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (await exists(folder)) return isWritable(folder)
    if (folder === dirname(folder)) return false
  }
}

const exists = (path: string) => may(path, constants.F_OK)
const isReadable = (path: string) => may(path, constants.R_OK)
const isWritable = (path: string) => may(path, constants.W_OK)

async function may(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode)
    return true
  } catch {
    return false
  }
}
