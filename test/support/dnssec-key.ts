import {generateKeyPairSync} from 'node:crypto'

/** BIND's names of an RSA key's parts, and those of a JWK (RFC 7518 §6.3). */
const PARTS = {
  Modulus: 'n',
  PublicExponent: 'e',
  PrivateExponent: 'd',
  Prime1: 'p',
  Prime2: 'q',
  Exponent1: 'dp',
  Exponent2: 'dq',
  Coefficient: 'qi',
} as const

/** A new private key (RSASHA256) as it is brought to PowerDNS. */
export function newDnssecKey(): string {
  const jwk = generateKeyPairSync('rsa', {modulusLength: 2048}).privateKey.export({format: 'jwk'})
  const parts = Object.entries(PARTS).map(
    ([name, part]) => `${name}: ${Buffer.from(jwk[part] ?? '', 'base64url').toString('base64')}\n`,
  )
  return ['Private-key-format: v1.2\n', 'Algorithm: 8 (RSASHA256)\n', ...parts].join('')
}
