import {expect, it} from 'vitest'
import {standingOf} from '../../../../src/lib/sync/watch/standing.js'

const PAUSE = {since: 0, until: 1000, by: 'jo@host'}

it('takes who is silent or paused for not active', () => {
  expect(standingOf({ageMs: 100}, 100, 0)).toEqual({active: true, silent: false})
  expect(standingOf({ageMs: 101}, 100, 0)).toEqual({active: false, silent: true})
  const paused = {active: false, silent: false, paused: PAUSE}
  expect(standingOf({ageMs: 0, paused: PAUSE}, 100, 0)).toEqual(paused)
})

it('believes who is heard that its pause goes on, and who is silent until its end', () => {
  expect(standingOf({ageMs: 0, paused: PAUSE}, 100, 5000)).toMatchObject({paused: PAUSE})
  expect(standingOf({ageMs: 500, paused: PAUSE}, 100, 999)).toEqual({
    active: false,
    silent: true,
    paused: PAUSE,
  })
  expect(standingOf({ageMs: 500, paused: PAUSE}, 100, 1000)).toEqual({active: false, silent: true})
})
