import {generateKeyPairSync} from 'node:crypto'
import {describe, expect, it} from 'vitest'
import {
  formatPrivateKey,
  formatPublicKey,
  generateSigningKey,
  isSignatureOf,
  readPrivateKey,
  readPublicKey,
  signBytes,
} from '../../../src/lib/zone/signing-key.js'

const INVALID = expect.objectContaining({code: 'PDIST_INVALID_KEY'})
const bytes = Buffer.from('some bytes')

describe('a signing key', () => {
  it('comes back from its text forms, and what it signed is right by them', () => {
    const key = generateSigningKey()
    const signature = signBytes(bytes, readPrivateKey(formatPrivateKey(key)))
    expect(signature).toMatch(/^[A-Za-z0-9_-]{86}$/)
    const line = formatPublicKey(key)
    expect(line).toMatch(/^pdist-ed25519 [0-9a-f]{16} [A-Za-z0-9+/]{43}=$/)
    const trusted = readPublicKey(` ${line}\n`)
    expect(trusted.id).toBe(key.id)
    expect(isSignatureOf(signature, bytes, trusted)).toBe(true)
    expect(isSignatureOf(signature, Buffer.from('other bytes'), trusted)).toBe(false)
    expect(isSignatureOf(signature, bytes, generateSigningKey())).toBe(false)
    expect(isSignatureOf('short', bytes, trusted)).toBe(false)
  })

  it('has the id of RFC 8032 test key 1, for ever', () => {
    const pem = `-----BEGIN PRIVATE KEY-----\n${Buffer.concat([
      Buffer.from('302e020100300506032b657004220420', 'hex'),
      Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex'),
    ]).toString('base64')}\n-----END PRIVATE KEY-----\n`
    const key = readPrivateKey(pem)
    expect(formatPublicKey(key)).toBe(
      'pdist-ed25519 21fe31dfa154a261 11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
    )
    // RFC 8032 §7.1, TEST 1: the empty message.
    expect(Buffer.from(signBytes(new Uint8Array(), key), 'base64url').toString('hex')).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    )
  })

  it.each([
    ['nothing', ''],
    ['no PEM', 'c2VjcmV0'],
    ['a broken one', '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n'],
    [
      'another type',
      generateKeyPairSync('ec', {namedCurve: 'P-256'})
        .privateKey.export({type: 'pkcs8', format: 'pem'})
        .toString(),
    ],
  ])('is refused where it is %s, without a word of it', (_, pem) => {
    expect(() => readPrivateKey(pem)).toThrow(INVALID)
    const [, secret = 'c2VjcmV0'] = pem.split('\n')
    try {
      readPrivateKey(pem)
    } catch (error) {
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(secret || 'c2VjcmV0')
    }
  })

  it('has a public key that is refused where it is altered', () => {
    const line = formatPublicKey(generateSigningKey())
    const [kind, id = '', key = ''] = line.split(' ')
    const other = formatPublicKey(generateSigningKey()).split(' ')[2]
    for (const wrong of [
      '',
      kind,
      `${kind} ${id}`,
      `ssh-ed25519 ${id} ${key}`,
      `${kind} ${id} ${other}`,
      `${line} x`,
    ])
      expect(() => readPublicKey(wrong ?? ''), wrong).toThrow(INVALID)
  })
})
