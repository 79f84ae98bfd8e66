import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {formatPublicKey, generateSigningKey} from '../../../src/lib/zone/signing-key.js'
import {pdist} from '../../support/pdist.js'

let directory: string
let file: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pdist-init-'))
  file = join(directory, 'pdist.toml')
})
afterEach(() => rm(directory, {recursive: true}))

const BROKER = ['--broker', 'nats://a.example:1,nats://b.example:2']

describe('pdist config init', () => {
  it('writes a file that config check takes', async () => {
    const key = join(directory, 'key')
    await writeFile(key, 'hush\n')
    const trusted = formatPublicKey(generateSigningKey())
    const api = ['--api-url', 'http://[::1]:8081', '--api-key-file', key]
    const flags = ['--name', 'ns1', ...api, '--trusted-keys', trusted]
    const made = await pdist(['config', 'init', '--role', 'secondary', ...BROKER, ...flags, '--output', file])
    expect(made).toEqual({code: 0, stdout: `wrote ${file}\n`, stderr: ''})
    const checked = await pdist(['config', 'check', '--role', 'syncer', '--config', file, '--json'])
    expect(JSON.parse(checked.stdout)).toMatchObject({valid: true, mistakes: []})
    expect(await readFile(file, 'utf8')).not.toContain('hush')
  })

  it('names the flags of what it may not ask, and writes nothing', async () => {
    const {code, stdout, stderr} = await pdist(['config', 'init', '--role', 'primary', '--output', file])
    expect({code, stdout}).toEqual({code: 2, stdout: ''})
    expect(stderr).toContain('say --broker\n')
    const secondary = await pdist(['config', 'init', '--role', 'secondary', ...BROKER, '--output', file])
    expect(secondary.stderr).toContain('say --name, --trusted-keys\n')
    await expect(readFile(file)).rejects.toThrow('ENOENT')
  })

  it('names each file that is still missing, and so does config check', async () => {
    const key = join(directory, 'none')
    const flags = ['--broker', 'tls://a.example:1', '--nkey-file', key, '--ca-file', 'none', '--output', file]
    const made = await pdist(['config', 'init', '--role', 'operator', ...flags])
    const missing = `broker.nkey_file: ${key} cannot be read: there is no such file\n`
    expect(made).toEqual({code: 0, stdout: `wrote ${file}\n`, stderr: `still to do: ${missing}`})
    const checked = await pdist(['config', 'check', '--config', file])
    expect(checked.code).toBe(1)
    expect(checked.stderr).toContain(`1 mistake:\n  ${missing}`)
  })

  it('asks for nothing where a file is in the way', async () => {
    await writeFile(file, '')
    const {code, stderr} = await pdist(['config', 'init', '--role', 'primary', '--output', file])
    expect({code, stderr}).toEqual({code: 1, stderr: expect.stringContaining('Say `--force` to replace it')})
    expect(await readFile(file, 'utf8')).toBe('')
  })

  it('takes no answer that the key does not take, or the role', async () => {
    const wrong = await pdist(['config', 'init', '--role', 'primary', '--api-url', '[::1]:1', '--json'])
    expect(wrong.code).toBe(2)
    expect(JSON.parse(wrong.stderr).message).toMatch(/^--api-url: expected a URL/)
    const odd = await pdist(['config', 'init', '--role', 'operator', ...BROKER, '--name', 'ns1'])
    expect(odd.code).toBe(2)
    expect(odd.stderr).toContain('--name: means nothing for the role operator')
  })

  it('shows on stdout what it would write', async () => {
    const {code, stdout} = await pdist(['config', 'init', '--role', 'operator', ...BROKER, '--output', '-'])
    expect(code).toBe(0)
    expect(stdout).toContain('servers = [ "nats://a.example:1", "nats://b.example:2" ]\n')
    expect(stdout).toContain('# replicas = 1\n')
  })
})

describe('pdist config show', () => {
  it('tells of each value where it comes from, secrets hidden', async () => {
    await writeFile(file, '[broker]\nuser = "me"\npassword = "hush"\n')
    const shown = await pdist(['config', 'show', '--with-sources', '--config', file], {
      env: {PDIST_BROKER_PREFIX: 'other'},
    })
    expect({code: shown.code, stderr: shown.stderr}).toEqual({code: 0, stderr: ''})
    expect(shown.stdout).toContain('user = "me"  # file\n')
    expect(shown.stdout).toContain('password = "(hidden)"  # file\n')
    expect(shown.stdout).toContain('prefix = "other"  # PDIST_BROKER_PREFIX\n')
    expect(shown.stdout).toContain('replicas = 1  # default\n')
    expect(shown.stdout).not.toContain('hush')
  })

  it('is TOML without the sources, and JSON with them', async () => {
    const plain = await pdist(['config', 'show', '--broker', 'nats://a.example:1'])
    expect(plain.stdout).toContain('servers = [ "nats://a.example:1" ]\n')
    const {stdout} = await pdist(['config', 'show', '--broker', 'nats://a.example:1', '--json'])
    expect(JSON.parse(stdout).settings).toContainEqual({
      path: 'broker.servers',
      value: ['nats://a.example:1'],
      source: '--broker',
    })
  })

  it('exits with 1 where something is wrong, and says who tells more', async () => {
    await writeFile(file, '[broker]\nusr = "me"\n')
    const {code, stderr} = await pdist(['config', 'show', '--config', file])
    expect(code).toBe(1)
    expect(stderr).toContain('1 mistake: run `pdist config check`')
  })
})
