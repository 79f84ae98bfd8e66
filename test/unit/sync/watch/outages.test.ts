import {expect, it, vi} from 'vitest'
import {Outages} from '../../../../src/lib/sync/watch/outages.js'

const why = new Error('why')

function outages() {
  const clock = {ms: 1000}
  const [onBegin, onEnd] = [vi.fn(), vi.fn()]
  return {clock, onBegin, onEnd, outages: new Outages({now: () => clock.ms, onBegin, onEnd})}
}

it('keeps since when something is out, tells when it begins and ends, and says the newest error', () => {
  const {clock, onBegin, onEnd, outages: watched} = outages()
  watched.works('DNS')
  expect(onEnd).not.toHaveBeenCalled()
  watched.failed('DNS', why)
  clock.ms = 3000
  watched.failed('DNS', new Error('why now'))
  expect(watched.all).toMatchObject([{of: 'DNS', since: 1000, message: 'why now'}])
  expect(onBegin.mock.calls).toMatchObject([[{of: 'DNS', since: 1000, message: 'why'}]])
  watched.works('DNS')
  expect(onEnd.mock.calls).toEqual([['DNS', 2000]])
  expect(watched.all).toEqual([])
})

it('says first what the rest may come of, and of a silent PowerDNS only that it is silent', () => {
  const {outages: watched} = outages()
  watched.failed('survey', why)
  expect(watched.all.map(({of}) => of)).toEqual(['survey'])
  watched.failed('API', why)
  watched.failed('DNS', why)
  expect(watched.all.map(({of}) => of)).toEqual(['DNS', 'API'])
  watched.works('DNS')
  watched.works('API')
  expect([watched.all.map(({of}) => of), watched.has('survey')]).toEqual([['survey'], true])
})
