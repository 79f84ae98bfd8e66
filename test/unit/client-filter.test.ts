import {expect, test} from 'vitest'
import {ClientFilter, InvalidAddressError} from '../../src/lib/client-filter.js'

test('addresses and networks, IPv4 also in its IPv6 form', () => {
  const filter = new ClientFilter(['127.0.0.1', '192.0.2.0/24', '::1', '2001:db8::/32'])
  for (const address of ['127.0.0.1', '192.0.2.200', '::ffff:192.0.2.7', '::1', '2001:db8:1::5']) {
    expect([address, filter.allows(address)]).toEqual([address, true])
  }
  for (const address of [
    '127.0.0.2',
    '192.0.3.1',
    '::ffff:127.0.0.2',
    '::2',
    '2001:db9::1',
    '',
    'localhost',
  ]) {
    expect([address, filter.allows(address)]).toEqual([address, false])
  }
})

test('everybody of one family is nobody of the other', () => {
  const allows = (entry: string) => (address: string) => new ClientFilter([entry]).allows(address)
  const clients = ['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1']
  expect(clients.map(allows('::/0'))).toEqual([false, false, true])
  expect(clients.map(allows('0.0.0.0/0'))).toEqual([true, true, false])
  expect(clients.map(allows('::ffff:192.0.2.0/120'))).toEqual([true, true, false])
})

test('an empty list allows nobody', () => {
  expect(new ClientFilter([]).allows('127.0.0.1')).toBe(false)
})

test.each(['localhost', '10.0.0.0/33', '10.0.0.0/', '10.0.0/8', '::/129', '1.2.3.4/8/8', ''])(
  '%j is refused',
  (entry) => {
    expect(() => new ClientFilter([entry])).toThrow(InvalidAddressError)
  },
)
