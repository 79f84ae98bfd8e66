import {isIP} from 'node:net'

/** A certificate and its private key, both PEM. */
export interface Pem {
  certificate: string
  key: string
}

const BACKDATED_MS = 86_400_000
const LIFETIME_YEARS = 10

/** A certificate authority of one's own (EC P-256, 10 years). */
export function makeAuthority(commonName: string): Promise<Pem> {
  return make(commonName, [
    {name: 'basicConstraints', cA: true, critical: true},
    {name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true},
  ])
}

/**
 * A server's certificate (EC P-256, 10 years) for `hosts`, names and addresses alike. Without an issuer it is self-signed, and
 * clients are given it as the authority to trust.
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
    commonName,
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
  return {certificate: pems.cert, key: pems.private}
}
