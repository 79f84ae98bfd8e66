import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {createServer} from 'node:net'
import {text} from 'node:stream/consumers'
import {describe, expect, it} from 'vitest'
import {pdist, ROOT} from '../../support/pdist.js'

describe('pdist', () => {
  it('alone shows its help, with the exit codes and the environment at the end', async () => {
    const {code, stdout, stderr} = await pdist([])
    expect({code, stderr}).toEqual({code: 0, stderr: ''})
    expect(stdout).toMatch(/\nEXIT CODES\n {2}0 {2}done\n[\s\S]*\nENVIRONMENT\n {2}PDIST_CONFIG /)
  })

  it('help zone push is the help of zone push, and a topic alone its own', async () => {
    const [asked, flagged, topic] = await Promise.all([
      pdist(['help', 'zone', 'push']),
      pdist(['zone', 'push', '--help']),
      pdist(['zone']),
    ])
    expect(asked).toEqual(flagged)
    expect(asked.code).toBe(0)
    expect(topic).toMatchObject({code: 0, stderr: ''})
    expect(topic.stdout).toContain('zone push')
  })

  it.each([
    [['zon', '--json'], 'there is no command `pdist zon`'],
    [['zone', '--json'], '`pdist zone` is no command by itself'],
    [['zone', 'list', 'x', '--json'], 'too many arguments: x (none is expected)'],
    [['zone', 'show', '--json'], 'missing: ZONE (Name of the zone)'],
    [['zone', 'show', 'a..b', '--json'], '"a..b" is no domain name: it has an empty label'],
    [
      ['zone', 'list', '--broker', 'foo://x', '--json'],
      '--broker: must begin with nats:// or tls://, not with foo://',
    ],
  ])('%j is not understood, and says so in JSON', async (parameters, message) => {
    const {code, stdout, stderr} = await pdist(parameters)
    expect({code, stdout}).toEqual({code: 2, stdout: ''})
    expect(JSON.parse(stderr)).toEqual({code: 'PDIST_USAGE', message, hints: expect.any(Array)})
  })

  it('says in words what was not understood where no JSON is asked for', async () => {
    const {code, stdout, stderr} = await pdist(['zone', 'lst', '--', '--json'])
    expect({code, stdout}).toEqual({code: 2, stdout: ''})
    expect(stderr).toMatch(
      /^Error PDIST_USAGE: there is no command [^\n]+\n {2}-> Did you mean `pdist zone list`\?\n/,
    )
  })

  it('is unknown, and not critical, to a monitoring system that calls health wrongly', async () => {
    const calls = [
      ['health', 'ns1'],
      ['health', '--wat'],
      ['health', '--format', 'x'],
    ]
    expect((await Promise.all(calls.map((call) => pdist(call)))).map(({code}) => code)).toEqual([3, 3, 3])
  })

  it('blames the variable, and not the file, for what the environment says', async () => {
    const {code, stderr} = await pdist(['zone', 'list'], {env: {PDIST_BROKER_SERVERS: 'foo://x'}})
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^Error PDIST_CONFIG_INVALID: 1 mistake in the configuration\n {2}broker\.servers\[0\]: /,
    )
    expect(stderr).toContain('(from PDIST_BROKER_SERVERS)')
  })
})

describe('a reader that has had enough', () => {
  it.each([
    ['of the help', ['--help']],
    ['of a result', ['config', 'check']],
    ['of an error', ['zone', 'lst']],
  ])('%s makes no noise', async (_, parameters) => {
    const command = `"${process.execPath}" bin/pdist.js ${parameters.join(' ')} 2>&1 >&3 3>&- | true`
    const child = spawn('bash', ['-c', `(${command}) 3>&1 | true; echo done`], {cwd: ROOT})
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
    expect({stdout, stderr}).toEqual({stdout: 'done\n', stderr: ''})
  })
})

describe('Ctrl-C', () => {
  it('ends a command that waits for a broker, with exit code 1 and a line about it', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const {port} = silent.address() as {port: number}
    const broker = `nats://127.0.0.1:${port}`
    const child = spawn(process.execPath, ['bin/pdist.js', 'zone', 'list', '--json', '--broker', broker], {
      cwd: ROOT,
      env: {...process.env, PDIST_CONFIG: '/dev/null'},
    })
    const [socket] = await once(silent, 'connection')
    child.kill('SIGINT')
    const [[code], stderr] = await Promise.all([once(child, 'close'), text(child.stderr)])
    socket.destroy()
    silent.close()
    expect(code).toBe(1)
    expect(JSON.parse(stderr)).toEqual({code: 'PDIST_INTERRUPTED', message: 'interrupted', hints: []})
  })
})
