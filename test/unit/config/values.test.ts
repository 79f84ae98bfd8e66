import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {formatAddress, isNetwork, isWildcard, parseAddress} from '../../../src/lib/config/address.js'
import {parseDuration, parseSize} from '../../../src/lib/config/quantities.js'
import {didYouMean, nearest} from '../../../src/lib/nearest.js'

describe('addresses', () => {
  it.each([
    ['[::1]:53', {host: '::1', port: 53}],
    ['[2001:DB8:0:0::1]:0', {host: '2001:db8::1', port: 0}],
    ['[fe80::1%eth0]:53', {host: 'fe80::1%eth0', port: 53}],
    ['127.0.0.1:65535', {host: '127.0.0.1', port: 65535}],
  ])('reads %s', (text, address) => {
    expect(parseAddress(text, {names: false})).toEqual(address)
  })

  it.each([
    '::1:53',
    '[::1]',
    ':53',
    '127.0.0.1',
    '127.0.0.1:65536',
    '[127.0.0.1]:53',
    '256.0.0.1:53',
    'a b:53',
    '',
  ])('refuses %j', (text) => {
    expect(parseAddress(text, {names: true})).toBeUndefined()
  })

  it('takes host names only where they are allowed', () => {
    expect(parseAddress('ns.example.org:53', {names: true})).toEqual({host: 'ns.example.org', port: 53})
    expect(parseAddress('ns.example.org:53', {names: false})).toBeUndefined()
  })

  it('survives being printed and read again', () => {
    const host = fc.oneof(fc.ipV4(), fc.ipV6())
    fc.assert(
      fc.property(host, fc.nat(65_535), (text, port) => {
        const address = parseAddress(formatAddress({host: text, port}), {names: false})
        expect(address?.port).toBe(port)
        expect(address && parseAddress(formatAddress(address), {names: false})).toEqual(address)
      }),
    )
  })

  it('knows the addresses that mean all', () => {
    expect(['0.0.0.0', '::', '::1', '127.0.0.1'].map((host) => isWildcard({host, port: 53}))).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  it.each([
    ['192.0.2.1', true],
    ['10.0.0.0/8', true],
    ['2001:db8::/32', true],
    ['::1', true],
    ['10.0.0.0/33', false],
    ['::/129', false],
    ['10.0.0.0/', false],
    ['10.0.0.0/8/8', false],
    ['example.org', false],
  ])('tells whether %s is a network', (text, expected) => {
    expect(isNetwork(text)).toBe(expected)
  })
})

describe('quantities', () => {
  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['1.5 m', 90_000],
    ['12h', 43_200_000],
    ['30d', 2_592_000_000],
    [2.5, 2_500],
    ['0s', 0],
  ])('reads the duration %s', (value, ms) => {
    expect(parseDuration(value)).toBe(ms)
  })

  it.each(['', '10', 's', '-1s', '1 week', '1e3s', '1S', Number.NaN, -1, Number.POSITIVE_INFINITY])(
    'refuses the duration %s',
    (value) => {
      expect(parseDuration(value)).toBeUndefined()
    },
  )

  it.each([
    ['128KiB', 131_072],
    ['1 GiB', 2 ** 30],
    ['7B', 7],
    [4_096, 4_096],
  ])('reads the size %s', (value, bytes) => {
    expect(parseSize(value)).toBe(bytes)
  })

  it.each(['1KB', '1kib', '1constructor', '-1B'])('refuses the size %s', (value) => {
    expect(parseSize(value)).toBeUndefined()
  })
})

describe('the nearest name', () => {
  it('is the one with the fewest edits', () => {
    expect(nearest('api_ur', ['api_key', 'api_url', 'dns'])).toBe('api_url')
    expect(didYouMean('tsig_nam', ['tsig_name', 'dns'])).toBe(' (did you mean tsig_name?)')
  })

  it('is nothing when all are far', () => {
    expect(didYouMean('frobnicate', ['api_key', 'dns'])).toBe('')
    expect(nearest('x', [])).toBeUndefined()
  })
})
