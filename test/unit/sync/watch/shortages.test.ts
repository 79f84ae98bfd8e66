import {expect, it} from 'vitest'
import {leastFree, shortagesOf} from '../../../../src/lib/sync/watch/shortages.js'

const limits = {loadWarning: 2, memoryWarning: 0.05, diskWarning: 0.05}
const enough = {
  load: 2,
  memory: {total: 1000, available: 50},
  disks: [{path: '/var/lib/powerdns', total: 1000, free: 50}],
}

it('is nothing at the limits', () => {
  expect(shortagesOf(enough, limits)).toEqual([])
})

it('is told in words, of everything', () => {
  const means = {
    load: 2.26,
    memory: {total: 1000, available: 49},
    disks: [
      {path: '/a', total: 1000, free: 0},
      {path: '/b', total: 1000, free: 500},
    ],
  }
  expect(shortagesOf(means, limits)).toEqual([
    {what: 'load', words: 'load per core is 2.3, over 2: it needs more cores, or less to do'},
    {what: 'memory', words: '4.9 % of the memory are available, under 5 %: it needs more, or fewer zones'},
    {what: 'disk', words: '0 % of the disk of /a are free, under 5 %: make room there'},
  ])
})

it('of memory and disks is never told where the limits are 0', () => {
  const means = {...enough, memory: {total: 1000, available: 0}, disks: [{path: '/', total: 1, free: 0}]}
  expect(shortagesOf(means, {...limits, memoryWarning: 0, diskWarning: 0})).toEqual([])
})

it('knows the fullest disk', () => {
  expect(leastFree([{path: '/a', total: 10, free: 3}, ...enough.disks])).toBe(0.05)
  expect(leastFree()).toBeUndefined()
})
