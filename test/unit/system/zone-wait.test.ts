import {describe, expect, it} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import {rdataDigest} from '../../../src/lib/dns/wanted-record.js'
import {readRecord} from '../../../src/lib/system/zone-wait.js'

const ZONE = zoneName('example.com')
const ABC = rdataDigest(Buffer.from('abc'))

describe('a record that is waited for', () => {
  it.each([
    ['_acme-challenge/TXT/abc', '_acme-challenge.example.com.'],
    ['_acme-challenge.example.com/txt/"abc"', '_acme-challenge.example.com.'],
    ['_ACME-challenge.Example.COM./Txt/"a" "bc"', '_acme-challenge.example.com.'],
    ['example.com/TXT/abc', 'example.com.'],
    ['@/TXT/abc', 'example.com.'],
    ['a.example.org/TXT/abc', 'a.example.org.example.com.'],
    ['notexample.com/TXT/abc', 'notexample.com.example.com.'],
    ['a\\.example.com/TXT/abc', 'a\\.example.com.example.com.'],
  ])('%s', (text, name) => {
    expect(readRecord(text, ZONE)).toEqual({name, type: 16, digest: ABC})
  })

  it('may have slashes in its name and in its value', () => {
    const zone = zoneName('0/25.2.0.192.in-addr.arpa')
    expect(readRecord('1/PTR/a.example', zone).name).toBe('1.0/25.2.0.192.in-addr.arpa.')
    expect(readRecord('1.0/25.2.0.192.in-addr.arpa/PTR/a.example', zone).name).toBe(
      '1.0/25.2.0.192.in-addr.arpa.',
    )
    const text = 'https://a/b'
    expect(readRecord(`@/TXT/${text}`, ZONE).digest).toBe(rdataDigest(Buffer.from(text)))
  })

  it('is in every zone where that is the root', () => {
    expect(readRecord('a.b/TXT/abc', zoneName('.')).name).toBe('a.b.')
    expect(readRecord('@/TXT/abc', zoneName('.')).name).toBe('.')
  })

  it.each(['abc', 'a/TXT', '/TXT/abc', 'a/T.X/abc', 'a/NONE/abc', 'a/A/abc', 'a.example.org./TXT/abc'])(
    '%s is none',
    (text) => {
      expect(() => readRecord(text, ZONE)).toThrow(expect.objectContaining({code: 'PDIST_INVALID_RECORD'}))
    },
  )
})
