import {X509Certificate} from 'node:crypto'
import {mkdtemp, readdir, rm, stat, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {ownCertificate, selfSignedCertificate} from '../../../src/lib/proxy/certificate.js'
import {CertificateError} from '../../../src/lib/proxy/errors.js'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pdist-certificate-'))
})
afterEach(() => rm(directory, {recursive: true, force: true}))

describe('the self-signed certificate', () => {
  it('is for localhost, the loopback addresses and this host, for ten years', async () => {
    const {certificate} = await selfSignedCertificate(directory, 'primary.example')
    const parsed = new X509Certificate(certificate)
    for (const host of ['localhost', 'primary.example']) expect(parsed.checkHost(host)).toBe(host)
    for (const address of ['127.0.0.1', '::1']) expect(parsed.checkIP(address)).toBe(address)
    expect(parsed.publicKey.asymmetricKeyDetails).toEqual({namedCurve: 'prime256v1'})
    const years = (parsed.validToDate.getTime() - Date.now()) / (365.25 * 86_400_000)
    expect(years).toBeGreaterThan(9.9)
    expect(years).toBeLessThan(10.1)
  })

  it('is valid already where a clock is hours behind', async () => {
    const {certificate} = await selfSignedCertificate(directory)
    const {validFromDate} = new X509Certificate(certificate)
    expect(validFromDate.getTime()).toBeLessThan(Date.now() - 12 * 3_600_000)
  })

  it('is kept', async () => {
    const first = await selfSignedCertificate(directory)
    expect(await selfSignedCertificate(directory)).toEqual(first)
  })

  it('has a key that nobody else can read, and leaves no other file', async () => {
    const {keyFile} = await selfSignedCertificate(directory)
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600)
    expect((await readdir(directory)).toSorted()).toEqual(['proxy-cert.pem', 'proxy-key.pem'])
  })

  it('is made again where a crash left only the key', async () => {
    const first = await selfSignedCertificate(directory)
    await rm(first.certificateFile)
    const second = await selfSignedCertificate(directory)
    expect(second.key).not.toBe(first.key)
    await expect(ownCertificate(second)).resolves.toEqual(second)
  })

  it('is not silently replaced where it cannot be read', async () => {
    const {certificateFile} = await selfSignedCertificate(directory)
    await writeFile(certificateFile, 'nonsense')
    await expect(selfSignedCertificate(directory)).rejects.toThrow(CertificateError)
  })
})

describe('an own certificate', () => {
  it('must be valid now', async () => {
    const files = await selfSignedCertificate(directory)
    const later = new Date(Date.now() + 11 * 365 * 86_400_000)
    await expect(ownCertificate(files, later)).rejects.toThrow(/valid from .* not now/)
    await expect(ownCertificate(files, new Date(0))).rejects.toThrow(/not now/)
  })

  it('must have its own key', async () => {
    const one = await selfSignedCertificate(join(directory, '1'))
    const other = await selfSignedCertificate(join(directory, '2'))
    await expect(ownCertificate({...one, keyFile: other.keyFile})).rejects.toThrow(/not the key of/)
  })

  it('must be there, and PEM', async () => {
    const files = await selfSignedCertificate(directory)
    await expect(ownCertificate({...files, keyFile: join(directory, 'none')})).rejects.toThrow(/ENOENT/)
    await expect(ownCertificate({...files, keyFile: files.certificateFile})).rejects.toThrow(/no PEM/)
  })
})
