import {afterAll, beforeAll, test} from 'vitest'
import {TestSystem} from '../../support/system.js'
import {liveAndDie} from '../../support/zone-life.js'

let system: TestSystem
beforeAll(async () => {
  system = await TestSystem.start({backend: 'lmdb'})
})
afterAll(() => system?.stop())

test('with the LMDB backend a zone lives and dies everywhere, twice under the same name', async () => {
  await liveAndDie(system, 'lmdb.example.')
  await liveAndDie(system, 'lmdb.example.')
})
