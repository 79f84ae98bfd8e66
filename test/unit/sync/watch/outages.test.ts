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
  clock.ms = 2000
  watched.failed('DNS', new Error('why again'))
  clock.ms = 3000
  watched.failed('DNS', new Error('why now'))
  expect(watched.all).toMatchObject([{of: 'DNS', since: 1000, message: 'why now'}])
  expect(onBegin.mock.calls).toMatchObject([[{of: 'DNS', since: 1000, message: 'why again'}]])
  watched.works('DNS')
  expect(onEnd.mock.calls).toEqual([['DNS', 2000]])
  expect(watched.all).toEqual([])
})

it('takes one failure of a question for nothing but a doubt', () => {
  const {onBegin, onEnd, outages: watched} = outages()
  for (let i = 0; i < 3; i += 1) {
    watched.failed('API', why)
    expect([watched.has('API'), watched.isDoubtful('API'), watched.all]).toEqual([false, true, []])
    watched.works('API')
    expect(watched.isDoubtful('API')).toBe(false)
  }
  expect([onBegin, onEnd].map(({mock}) => mock.calls)).toEqual([[], []])
})

it('says first what the rest may come of, and of a silent PowerDNS only that it is silent', () => {
  const {outages: watched} = outages()
  watched.failed('survey', why)
  expect(watched.all.map(({of}) => of)).toEqual(['survey'])
  for (const of of ['API', 'DNS'] as const) {
    watched.failed(of, why)
    watched.failed(of, why)
  }
  expect(watched.all.map(({of}) => of)).toEqual(['DNS', 'API'])
  watched.works('DNS')
  watched.works('API')
  expect([watched.all.map(({of}) => of), watched.has('survey')]).toEqual([['survey'], true])
})
