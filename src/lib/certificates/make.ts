import {randomBytes} from 'node:crypto'
import {isIP} from 'node:net'

/** A certificate and its private key, both PEM. */
export interface Pem {
  certificate: string
  key: string
}

const BACKDATED_MS = 86_400_000
const LIFETIME_YEARS = 10

/** A certificate authority of one's own (EC P-256, 10 years), whose name is unlike any other's. */
export function makeAuthority(commonName: string): Promise<Pem> {
  return make(unlikeOthers(commonName), [
    {name: 'basicConstraints', cA: true, critical: true},
    {name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true},
  ])
}

/**
 * A server's certificate (EC P-256, 10 years) for `hosts`, names and addresses alike. Without an issuer it is self-signed, and
 * clients are given it as the authority to trust; its name is then unlike any other's.
 */
export function makeServerCertificate(
  commonName: string,
  hosts: readonly string[],
  issuer?: Pem,
): Promise<Pem> {
  const altNames = [...new Set(hosts)].map((host) =>
    isIP(host) ? ({type: 7, ip: host} as const) : ({type: 2, value: host} as const),
  )
  return make(
    issuer ? commonName : unlikeOthers(commonName),
    [
      {name: 'basicConstraints', cA: !issuer, critical: true},
      {name: 'keyUsage', digitalSignature: true, keyCertSign: !issuer, critical: true},
      // Servers of a cluster are each other's clients.
      {name: 'extKeyUsage', serverAuth: true, clientAuth: issuer !== undefined},
      {name: 'subjectAltName', altNames},
    ],
    issuer,
  )
}

/**
 * Who trusts an old and a new authority finds the one of a certificate by its name, and looks at no other of that name:
 * X509_STORE_CTX_get1_issuer of OpenSSL.
 */
function unlikeOthers(commonName: string): string {
  return `${commonName} ${randomBytes(4).toString('hex')}`
}

type Extensions = NonNullable<NonNullable<Parameters<typeof import('selfsigned').generate>[1]>['extensions']>

async function make(commonName: string, extensions: Extensions, issuer?: Pem): Promise<Pem> {
  const {generate} = await import('selfsigned')
  // A client's clock, or our own next time, may be behind.
  const notBeforeDate = new Date(Date.now() - BACKDATED_MS)
  const notAfterDate = new Date()
  notAfterDate.setFullYear(notAfterDate.getFullYear() + LIFETIME_YEARS)
  const pems = await generate([{name: 'commonName', value: commonName}], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate,
    notAfterDate,
    extensions,
    ...(issuer ? {ca: {key: issuer.key, cert: issuer.certificate}} : {}),
  })
  return {certificate: whole(pems.cert), key: whole(pems.private)}
}

/** Ends the last line, so that files can be put behind each other. */
function whole(pem: string): string {
  return `${pem.trimEnd()}\n`
}
