import {describe, expect, it} from 'vitest'
import {masterAddress} from '../../../src/lib/powerdns/master-address.js'
import {readListedZone, readServerVersion, readZone} from '../../../src/lib/powerdns/zone-object.js'

const object = {
  ...{id: 'a.test.', name: 'A.test.', kind: 'Slave', serial: 2 ** 32 - 1, last_check: 1_700_000_000},
  ...{
    masters: ['127.0.0.1:20102'],
    dnssec: false,
    account: '',
    url: '/api/v1/servers/localhost/zones/a.test.',
  },
}
const noAnswer = expect.objectContaining({code: 'PDIST_POWERDNS_ANSWER'})

describe('a zone object', () => {
  it('is read as PowerDNS 4 and 5 write it', () => {
    const expected = {
      ...{zone: 'a.test.', kind: 'secondary', masters: ['127.0.0.1:20102']},
      ...{serial: 2 ** 32 - 1, lastCheck: 1_700_000_000, signed: false},
    }
    expect(readZone(JSON.stringify(object))).toEqual(expected)
    expect(readZone(JSON.stringify({...object, kind: 'Secondary'}))).toEqual(expected)
    const primary = {...object, kind: 'Master', masters: [], edited_serial: 7}
    expect(readZone(JSON.stringify(primary))).toMatchObject({kind: 'primary', editedSerial: 7})
    const secured = {...object, dnssec: true, nsec3param: '1 0 0 -'}
    expect(readZone(JSON.stringify(secured))).toMatchObject({signed: true, nsec3param: '1 0 0 -'})
    expect(readZone(JSON.stringify({...object, kind: 'Producer'}))).toMatchObject({kind: 'other'})
    const bare = {name: '0=2F25.test.', kind: 'Native'}
    expect(readZone(JSON.stringify(bare))).toMatchObject({
      kind: 'native',
      masters: [],
      serial: 0,
      lastCheck: 0,
    })
  })

  it('in a list does not keep the others from being read where it is a variant', () => {
    const list = [object, {...object, name: 'a.test..internal'}, {...object, name: 'b.test.'}]
    const oneByOne = list.map((each) => readListedZone(JSON.stringify(each))?.zone)
    expect(oneByOne).toEqual(['a.test.', undefined, 'b.test.'])
  })

  it.each(['', '[]', '{}', 'null', '<html>', '{"name":5,"kind":"Slave"}', '{"name":"a..b","kind":"Slave"}'])(
    'is not %j',
    (text) => {
      expect(() => readZone(text)).toThrow(noAnswer)
    },
  )

  it('and a list, one of its objects and a server are told apart', () => {
    expect(() => readListedZone(JSON.stringify([object]))).toThrow(noAnswer)
    expect(() => readListedZone('5')).toThrow(noAnswer)
    expect(readServerVersion('{"type":"Server","version":"4.7.3"}')).toBe('4.7.3')
    expect(() => readServerVersion(JSON.stringify(object))).toThrow(noAnswer)
  })
})

describe('the address of a primary', () => {
  it.each([
    ['127.0.0.1', 20102, '127.0.0.1:20102'],
    ['::1', 20102, '[::1]:20102'],
    ['192.0.2.1', 53, '192.0.2.1'],
    ['2001:db8::1', 53, '2001:db8::1'],
  ])('%s port %d is %s', (host, port, text) => {
    expect(masterAddress({host, port})).toBe(text)
  })
})
