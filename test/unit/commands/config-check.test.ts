import {chmod, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {pdist} from '../../support/pdist.js'

let directory: string
let file: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pdist-check-'))
  file = join(directory, 'pdist.toml')
})
afterEach(() => rm(directory, {recursive: true}))

describe('pdist config check', () => {
  it('shows a right configuration, secrets hidden', async () => {
    await writeFile(file, '[secondary]\nname = "ns1"\napi_url = "http://[::1]:8081"\napi_key = "hush"\n')
    const {code, stdout, stderr} = await pdist(['config', 'check', '--config', file, '--role', 'syncer'])
    expect(code).toBe(0)
    expect(stdout).toContain(`# ${file}\n`)
    expect(stdout).toContain('name = "ns1"')
    expect(stdout).toContain('api_key = "(hidden)"')
    expect(stdout).not.toContain('hush')
    expect(stderr).toContain('No mistakes.')
  })

  it('warns of secrets that everybody can read, and of nothing else', async () => {
    const [open, closed, key] = ['open', 'closed', 'key'].map((name) => join(directory, name))
    for (const name of [open, closed, key]) await writeFile(name ?? '', 'hush\n', {mode: 0o644})
    await chmod(closed ?? '', 0o640)
    const lines = [`[primary]\napi_key_file = "${open}"`, `[secondary]\napi_key_file = "${closed}"`]
    await writeFile(file, [...lines, `[signing]\nkey_file = "${key}"`, ''].join('\n'))
    const {code, stderr} = await pdist(['config', 'check', '-c', file])
    expect(code).toBe(0)
    expect(stderr.split('\n').filter((line) => line.startsWith('warning: '))).toEqual([
      expect.stringContaining(`primary.api_key_file: everybody can read ${open},`),
      expect.stringContaining(`signing.key_file: everybody can read ${key},`),
    ])
    await writeFile(file, '[primary]\napi_key = "hush"\n')
    const inline = await pdist(['config', 'check', '-c', file])
    expect(inline.stderr).toContain(`warning: the configuration: everybody can read ${file},`)
  })

  it('names all mistakes at once by path, and exits with 1', async () => {
    await writeFile(file, '[secondary]\nnme = "ns1"\napi_url = "[::1]:8081"\n')
    const {code, stderr} = await pdist(['config', 'check', '-c', file, '--role', 'syncer'])
    expect(code).toBe(1)
    expect(stderr).toContain('4 mistakes:')
    expect(stderr).toContain('  secondary.nme: unknown key (did you mean name?)\n')
    expect(stderr).toContain('  secondary.api_url: expected a URL')
    expect(stderr).toContain('  secondary.name: is required')
    expect(stderr).toContain('  secondary.api_key: is required')
  })

  it('reports the same as JSON on stdout, and nothing else', async () => {
    await writeFile(file, '[primary]\napi_key = "hush"\n')
    const {code, stdout, stderr} = await pdist([
      'config',
      'check',
      '-c',
      file,
      '--role',
      'api-proxy',
      '--json',
    ])
    expect({code, stderr}).toEqual({code: 1, stderr: ''})
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      file,
      mistakes: [{path: 'primary.api_url'}],
      settings: expect.arrayContaining([{path: 'primary.api_key', value: '(hidden)', source: 'file'}]),
    })
    expect(stdout).not.toContain('hush')
  })

  it('takes --broker over the configuration', async () => {
    const {stdout} = await pdist(['config', 'check', '--broker', 'nats://a:1,nats://b:1', '--json'])
    expect(JSON.parse(stdout).settings).toContainEqual({
      path: 'broker.servers',
      value: ['nats://a:1', 'nats://b:1'],
      source: '--broker',
    })
  })
})

describe('errors of a command', () => {
  it('are text with a code and next steps on stderr, and exit with 1', async () => {
    const {code, stdout, stderr} = await pdist(['daemon', 'syncer', '-c', join(directory, 'none.toml')])
    expect({code, stdout}).toEqual({code: 1, stdout: ''})
    expect(stderr).toMatch(/^Error PDIST_CONFIG_INVALID: /)
    expect(stderr).toContain('none.toml: cannot be read: there is no such file')
    expect(stderr).toContain('  -> Run `pdist config check`')
  })

  it('are usage errors with exit code 2 when flags are wrong', async () => {
    const {code, stdout, stderr} = await pdist(['config', 'check', '--rle', 'syncer'])
    expect({code, stdout}).toEqual({code: 2, stdout: ''})
    expect(stderr).toMatch(/^Error PDIST_USAGE: unknown flag: --rle\n {2}-> Did you mean --role\?\n/)
  })

  it('are their report on stderr with --json', async () => {
    const {code, stdout, stderr} = await pdist(['config', 'check', '--json', '--role', 'nobody'])
    expect({code, stdout}).toEqual({code: 2, stdout: ''})
    expect(JSON.parse(stderr)).toMatchObject({code: 'PDIST_USAGE', hints: [expect.any(String)]})
  })

  it('include a command that is not there', async () => {
    const {code, stdout, stderr} = await pdist(['config', 'chek'])
    expect({code, stdout}).toEqual({code: 2, stdout: ''})
    expect(stderr).toContain('Error PDIST_USAGE: there is no command `pdist config chek`')
  })
})
