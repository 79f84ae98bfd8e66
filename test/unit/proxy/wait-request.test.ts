import {describe, expect, it} from 'vitest'
import {readWait} from '../../../src/lib/proxy/wait-request.js'

const API = '/api/v1/servers/localhost/zones/example.com.'

describe('the header Pdist-Wait', () => {
  it.each([
    ['all', {waitFor: 'all', timeoutMs: 10_000}],
    ['any', {waitFor: 'any', timeoutMs: 10_000}],
    ['ALL', {waitFor: 'all', timeoutMs: 10_000}],
    ['3', {waitFor: 3, timeoutMs: 10_000}],
    ['all; timeout=10s', {waitFor: 'all', timeoutMs: 10_000}],
    ['any;timeout=250ms', {waitFor: 'any', timeoutMs: 250}],
    [' 2 ; Timeout = 5M ', {waitFor: 2, timeoutMs: 300_000}],
  ])('%j', (text, wait) => {
    expect(readWait(API, {'pdist-wait': text})).toEqual({target: API, wait})
  })

  it.each([
    '',
    ';',
    'both',
    '0',
    '-1',
    '1.5',
    '100000',
    'all, any',
    'all;',
    'all; timeout',
    'all; timeout=',
    'all; timeout=10',
    'all; timeout=0s',
    'all; timeout=6m',
    'all; timeout=1h',
    'all; timeout=1e3s',
    'all; timeout=99999999999s',
    'all; within=1s',
    'all; timeout=1s; timeout=2s',
    'all timeout=1s',
  ])('%j means nothing', (text) => {
    const {target, wait, mistake} = readWait(API, {'pdist-wait': text})
    expect([target, wait, mistake?.code]).toEqual([API, undefined, 'PDIST_BAD_REQUEST'])
    expect(mistake?.message).toContain('Pdist-Wait must be')
  })

  it('that is not there changes nothing', () => {
    expect(readWait(API, {host: 'a'})).toEqual({target: API})
  })
})

describe('the prefix /pdist-wait', () => {
  it.each([
    [`/pdist-wait/all/10s${API}`, API, {waitFor: 'all', timeoutMs: 10_000}],
    [`/pdist-wait/any${API}?rrsets=false`, `${API}?rrsets=false`, {waitFor: 'any', timeoutMs: 10_000}],
    [`/pdist-wait/2/1m${API}`, API, {waitFor: 2, timeoutMs: 60_000}],
    ['/pdist-wait/all/10s/api', '/api', {waitFor: 'all', timeoutMs: 10_000}],
    ['/pdist-wait/all/10s//api/v1', '//api/v1', {waitFor: 'all', timeoutMs: 10_000}],
    ['/pdist-wait/all/10s', '/', {waitFor: 'all', timeoutMs: 10_000}],
    ['/pdist-wait/all?a=/b', '/?a=/b', {waitFor: 'all', timeoutMs: 10_000}],
    [`/pdist-wait/all${API}/0/25.2.0.192.in-addr.arpa.`, `${API}/0/25.2.0.192.in-addr.arpa.`, undefined],
  ])('%s', (target, cut, wait) => {
    const reading = readWait(target, {})
    expect(reading).toMatchObject({target: cut, wait: wait ?? {waitFor: 'all'}})
    expect(reading).not.toHaveProperty('mistake')
  })

  it.each([
    '/pdist-wait',
    '/pdist-wait/',
    '/pdist-wait/api/v1',
    '/pdist-wait/0/10s/api',
    '/pdist-wait/all/10/api',
    '/pdist-wait/all/1h/api',
    '/pdist-waits/all/10s/api',
    '/pdist-wait?all',
  ])('%s means nothing', (target) => {
    const {wait, mistake} = readWait(target, {})
    expect([wait, mistake?.code]).toEqual([undefined, 'PDIST_BAD_REQUEST'])
  })

  it('gives way to the header, but not where it means nothing itself', () => {
    const header = {'pdist-wait': 'any; timeout=1s'}
    const wait = {waitFor: 'any', timeoutMs: 1_000}
    expect(readWait(`/pdist-wait/all/10s${API}`, header)).toEqual({target: API, wait})
    expect(readWait(`/pdist-wait/none/10s${API}`, header)).toHaveProperty('mistake')
    expect(readWait(`/pdist-wait/all/10s${API}`, {'pdist-wait': 'none'})).toHaveProperty('mistake')
  })

  it.each(['/', '/api', API, '/pdist', '*', 'https://host/pdist-wait/all/10s/api'])(
    'is not in %s',
    (target) => {
      expect(readWait(target, {})).toEqual({target})
    },
  )
})
