import {execFile} from 'node:child_process'
import {mkdtemp, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {demoSteps} from '../../src/lib/lab/demo-steps.js'
import {processesOf} from '../support/processes.js'

const PDIST = fileURLToPath(new URL('../../bin/pdist.js', import.meta.url))

let temporary: string
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'pdist-test-'))
})
afterEach(() => rm(temporary, {recursive: true}))

// With default caches, and asking all the time: just when an old answer may get stuck in a cache of PowerDNS.
test('the demo shows each secondary serving every step, and leaves nothing behind', async () => {
  const env = {...process.env, TMPDIR: temporary}
  const {stdout} = await promisify(execFile)(process.execPath, [PDIST, 'demo', '--json'], {env})
  expect(JSON.parse(stdout)).toEqual({
    steps: demoSteps.map(({title}) => ({
      title,
      servedAfterMs: {ns1: expect.any(Number), ns2: expect.any(Number)},
    })),
  })
  expect(processesOf(temporary)).toEqual([])
  expect(await readdir(temporary)).toEqual([])
})
