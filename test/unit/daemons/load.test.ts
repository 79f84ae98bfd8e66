import {statfs} from 'node:fs/promises'
import {tmpdir, totalmem} from 'node:os'
import {expect, it, vi} from 'vitest'
import {Disks, loadPerCore, memoryUse} from '../../../src/daemons/load.js'

it('measures this machine', async () => {
  expect(loadPerCore()).toBeGreaterThanOrEqual(0)
  const {total, available} = memoryUse()
  expect(total).toBeLessThanOrEqual(totalmem())
  expect(available).toBeGreaterThan(0)
  expect(available).toBeLessThanOrEqual(total)
  const {blocks, bsize} = await statfs(tmpdir())
  const [disk, ...more] = await new Disks([tmpdir(), tmpdir(), '/nowhere']).measure()
  expect(more).toEqual([])
  expect(disk).toMatchObject({path: tmpdir(), total: blocks * bsize})
  expect(disk?.free).toBeLessThanOrEqual(blocks * bsize)
})

it('counts the memory of a control group that has less', () => {
  const machine = totalmem()
  vi.spyOn(process, 'constrainedMemory').mockReturnValue(1000)
  vi.spyOn(process, 'availableMemory').mockReturnValue(100)
  expect(memoryUse()).toEqual({total: 1000, available: 100})
  // What Node says where there is no limit.
  for (const none of [0, 2 ** 64 - 1]) {
    vi.spyOn(process, 'constrainedMemory').mockReturnValue(none)
    expect(memoryUse().total).toBe(machine)
  }
})
