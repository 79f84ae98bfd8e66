import {randomBytes} from 'node:crypto'
import {existsSync, readdirSync} from 'node:fs'
import {readdir, truncate, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as pause} from 'node:timers/promises'
import {afterAll, expect, test} from 'vitest'
import {FaultBench} from '../support/faults/bench.js'
import {freezeFor, startWith} from '../support/faults/daemons.js'

const FROZEN_MS = 60_000
const WRONG_TIME_MS = 10_000
const LIBRARIES = '/usr/lib'

const bench = new FaultBench()
afterAll(() => bench.stop())

test.for(['truncated', 'overwritten'])("7 a syncer's files %s while it is dead", (how, context) =>
  bench.row(context, async ({lab}) => {
    const part = lab.part('syncer-ns1')
    await part.kill()
    const directory = join(lab.endpoints.dir, 'syncer-ns1')
    for (const name of await readdir(directory)) {
      const file = join(directory, name)
      await (how === 'truncated' ? truncate(file) : writeFile(file, randomBytes(1_000)))
    }
    await part.start()
  }),
)

test.for([
  ['zone-provider', ['zone-provider']],
  ['syncer', ['syncer-ns1']],
  ['api-proxy and health-checker', ['api-proxy', 'health-checker']],
] as const)('8 SIGSTOP of %s for 60 s, then SIGCONT', ([, names], context) =>
  bench.row(context, async ({lab}) => {
    await Promise.all(names.map((name) => freezeFor(lab.part(name), FROZEN_MS)))
  }),
)

test.for([
  ['primary', '+1h', ['api-proxy', 'zone-provider', 'health-checker']],
  ['primary', '-1h', ['api-proxy', 'zone-provider', 'health-checker']],
  ['secondary', '+1h', ['syncer-ns1']],
  ['secondary', '-1h', ['syncer-ns1']],
] as const)('9 the clock of the %s %s off', ([, offset, names], context) =>
  bench.row(context, async ({lab}) => {
    const env = {LD_PRELOAD: faketime(), FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1'}
    for (const name of names) {
      await lab.part(name).stop()
      await startWith(lab.part(name), env)
    }
    expect(await skewOf(names[0])).toBe(offset)
    await pause(WRONG_TIME_MS)
    for (const name of names) {
      await lab.part(name).stop()
      await lab.part(name).start()
    }
  }),
)

/** Debian's libfaketime, below the folder of the machine's architecture. */
function faketime(): string {
  const found = readdirSync(LIBRARIES)
    .map((folder) => join(LIBRARIES, folder, 'faketime', 'libfaketime.so.1'))
    .find((file) => existsSync(file))
  if (found === undefined) throw new Error('libfaketime is missing: run scripts/setup')
  return found
}

/** By the time in its own log. */
async function skewOf(daemon: string): Promise<string | undefined> {
  const line = (await bench.system.log(daemon)).findLast(({event}) => event === 'daemon.started')
  const hours = Math.round((new Date(String(line?.time)).getTime() - Date.now()) / 3_600_000)
  return hours === 0 ? undefined : `${hours > 0 ? '+' : ''}${hours}h`
}
