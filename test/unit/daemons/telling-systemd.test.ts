import {type ChildProcess, spawn} from 'node:child_process'
import {randomUUID} from 'node:crypto'
import {once} from 'node:events'
import {copyFile, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, afterEach, beforeAll, expect, it, vi} from 'vitest'

const here = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url))

const children: ChildProcess[] = []
let folder = ''

/** Its output, line by line, as it comes. */
function start(command: string, parameters: string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(command, parameters, {
    env: {...process.env, ...env},
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  let text = ''
  child.stdout.on('data', (data) => {
    text += data
  })
  const lines = () =>
    text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter(Boolean)
  const line = (wanted: string) =>
    vi.waitUntil(() => lines().includes(wanted), {timeout: 15_000, interval: 5})
  return {child, lines, line}
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pdist-systemd-'))
  await copyFile(here('packaging/bin/daemon'), join(folder, 'daemon'))
  await symlink(process.execPath, join(folder, 'node'))
  // In the place of pdist itself: `daemon <behaviour>` runs that one.
  const program = `import ${JSON.stringify(here('test/support/typescript-hooks.mjs'))}
process.argv.splice(2, 1)
await import(${JSON.stringify(here('test/support/daemon-child.ts'))})\n`
  await writeFile(join(folder, 'pdist.js'), program)
})

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'close')
  }
})

afterAll(() => rm(folder, {recursive: true}))

it.each(['a path', 'an abstract name'])('tells a socket with %s how it stands', async (kind) => {
  const socket = kind === 'a path' ? join(folder, 'notify') : `@pdist-${randomUUID()}`
  const systemd = start('perl', [here('test/support/notify-socket.pl'), socket])
  await systemd.line('listening')
  const launched = start('perl', [join(folder, 'daemon'), 'working'], {
    NOTIFY_SOCKET: socket,
    WATCHDOG_USEC: '200000',
  })
  await systemd.line('READY=1')
  expect(systemd.lines()).toContain('STATUS=at work')
  await systemd.line('WATCHDOG=1')
  const {pid} = launched.child
  launched.child.kill('SIGTERM')
  await systemd.line('STOPPING=1')
  expect(pid).toBeDefined()
  // It is Node that has the launcher's pid by now, and that ends in order.
  expect(
    launched.lines().some((line) => line.includes('daemon.started') && line.includes(`"pid":${pid}`)),
  ).toBe(true)
  if (launched.child.exitCode === null) await once(launched.child, 'close')
  expect(launched.child.exitCode).toBe(0)
})

it('says what a daemon waits for, and not that it is ready', async () => {
  const socket = join(folder, 'notify-waiting')
  const systemd = start('perl', [here('test/support/notify-socket.pl'), socket])
  await systemd.line('listening')
  const launched = start('perl', [join(folder, 'daemon'), 'waiting'], {NOTIFY_SOCKET: socket})
  await systemd.line('STATUS=starting')
  launched.child.kill('SIGTERM')
  await systemd.line('STATUS=stopping')
  expect(systemd.lines()).not.toContain('READY=1')
})

it('starts the daemon also where no systemd listens', async () => {
  const launched = start('perl', [join(folder, 'daemon'), 'working'], {NOTIFY_SOCKET: undefined})
  await vi.waitUntil(() => launched.lines().some((line) => line.includes('daemon.started')), {
    timeout: 15_000,
  })
})
