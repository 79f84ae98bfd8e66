import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {loadConfig, readConfig} from '../../../src/lib/config/load.js'
import {ConfigError} from '../../../src/lib/config/mistakes.js'

const COMPLETE = `
[primary]
api_url = "http://127.0.0.1:8081/"
api_key = "primary-key"
[secondary]
name = "ns1"
api_url = "https://[::1]:8082"
api_key = "secondary-key"
`

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pdist-config-'))
})
afterEach(async () => {
  await rm(directory, {recursive: true})
})

async function file(contents: string, name = 'pdist.toml'): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, contents)
  return path
}

async function mistakes(contents: string, env: Record<string, string> = {}): Promise<string[]> {
  const reading = await readConfig({file: await file(contents), env})
  expect(reading.config === undefined).toBe(reading.mistakes.length > 0)
  return reading.mistakes.map(({path, message}) => `${path}: ${message}`)
}

describe('a right configuration', () => {
  it('is typed: milliseconds, bytes, addresses', async () => {
    const config = await loadConfig({
      file: await file(`${COMPLETE}
        dns = "192.0.2.1:5353"
        listen = ["[0:0::1]:20102", "127.0.0.1:20102"]
        [syncer]
        heartbeat = "500ms"
        retry_max = 90
        cache_bytes = "2 MiB"
        [metrics]
        listen = "[::1]:0"`),
      env: {},
      need: ['primary', 'secondary'],
    })
    expect(config.primary.apiUrl).toBe('http://127.0.0.1:8081')
    expect(config.secondary.dns).toEqual({host: '192.0.2.1', port: 5353})
    expect(config.secondary.listen).toEqual([
      {host: '::1', port: 20102},
      {host: '127.0.0.1', port: 20102},
    ])
    expect(config.secondary.masters).toEqual(config.secondary.listen)
    expect(config.syncer).toMatchObject({heartbeat: 500, retryMax: 90_000, cacheBytes: 2 * 1024 * 1024})
    expect(config.metrics.listen).toEqual({host: '::1', port: 0})
  })

  it('has valid defaults for everything that is not required', async () => {
    const config = await loadConfig({file: await file(''), env: {}})
    expect(config.broker).toEqual({
      servers: ['nats://[::1]:4222'],
      prefix: 'pdist',
      replicas: 1,
      eventsKept: 14 * 86_400_000,
      tombstonesKept: 30 * 86_400_000,
      insecure: false,
      requestTimeout: 5_000,
    })
    expect(config.zoneProvider).toMatchObject({transferBytes: 2 ** 30, inlineBytes: 128 * 1024})
    expect(config.apiProxy.listen).toEqual([{host: '::', port: 8443}])
    expect(config.metrics.listen).toBeUndefined()
    expect(config).not.toHaveProperty('primary')
  })

  it('is frozen to the bottom', async () => {
    const {broker, secondary} = await loadConfig({file: await file(COMPLETE), env: {}, need: ['secondary']})
    expect(Object.isFrozen(broker)).toBe(true)
    expect(Object.isFrozen(broker.servers)).toBe(true)
    expect(Object.isFrozen(secondary.listen[0])).toBe(true)
  })

  it('takes the environment over the file, and flags over both', async () => {
    const named = await file('[broker]\nprefix = "a"\nreplicas = 3\nservers = ["nats://a:1"]')
    const env = {
      PDIST_CONFIG: named,
      PDIST_BROKER_PREFIX: 'b',
      PDIST_BROKER_SERVERS: 'nats://b:1, nats://c:1',
    }
    const fromEnvironment = await loadConfig({env})
    expect(fromEnvironment.broker).toMatchObject({
      prefix: 'b',
      replicas: 3,
      servers: ['nats://b:1', 'nats://c:1'],
    })
    const flags = {'broker.servers': ['nats://d:1'], 'broker.prefix': undefined}
    const fromFlags = await loadConfig({env, flags})
    expect(fromFlags.broker).toMatchObject({prefix: 'b', servers: ['nats://d:1']})
  })

  it('needs no file when the environment says enough', async () => {
    const config = await loadConfig({
      env: {
        PDIST_SECONDARY_NAME: 'ns1',
        PDIST_SECONDARY_API_URL: 'http://[::1]:8081',
        PDIST_SECONDARY_API_KEY_FILE: await file('key-of-a-file\n', 'key'),
        PDIST_SYNCER_HEARTBEAT: '3',
        PDIST_BROKER_INSECURE: 'true',
        PDIST_METRICS_LISTEN: '',
        PDIST_LAB_DIR: 'is no section, so it is none of our business',
      },
      need: ['secondary'],
    })
    expect(config.secondary.apiKey).toBe('key-of-a-file')
    expect(config.syncer.heartbeat).toBe(3_000)
    expect(config.broker.insecure).toBe(true)
  })

  it('lets the environment replace a secret of the file by one in a file', async () => {
    const env = {PDIST_SECONDARY_API_KEY_FILE: await file('newer', 'key')}
    const {secondary} = await loadConfig({file: await file(COMPLETE), env, need: ['secondary']})
    expect(secondary.apiKey).toBe('newer')
  })
})

describe('mistakes', () => {
  it('are all reported at once, by path', async () => {
    const found = await mistakes(
      `
      [brokr]
      [broker]
      server = ["nats://a:1"]
      servers = ["nats://user:hush@a:1", "http://a:1"]
      replicas = 2
      [secondary]
      name = "NS 1"
      api_url = "localhost:8081"
      allow = ["10.0.0.0/33"]
      listen = ["127.0.0.1"]
      [syncer]
      heartbeat = "10 fortnights"
      [log]
      level = "loud"`,
      {PDIST_BROKER_SERVRS: 'x', PDIST_SYNCER_LARGE_RECORDS: 'many'},
    )
    expect(found.map((line) => line.slice(0, line.indexOf(': ')))).toEqual([
      'brokr',
      'broker.server',
      'PDIST_BROKER_SERVRS',
      'broker.servers[0]',
      'broker.servers[1]',
      'broker.replicas',
      'secondary.name',
      'secondary.api_url',
      'secondary.listen[0]',
      'secondary.allow[0]',
      'syncer.heartbeat',
      'syncer.large_records',
      'log.level',
    ])
    expect(found.join()).not.toContain('hush')
    expect(found[0]).toContain('did you mean broker?')
    expect(found[1]).toContain('did you mean servers?')
    expect(found[2]).toContain('did you mean PDIST_BROKER_SERVERS?')
    expect(found[11]).toContain('from PDIST_SYNCER_LARGE_RECORDS')
  })

  it('are thrown together by loadConfig', async () => {
    const error = await loadConfig({file: await file(''), env: {}, need: ['secondary']}).catch(
      (e: unknown) => e,
    )
    expect(error).toBeInstanceOf(ConfigError)
    expect(error).toMatchObject({
      code: 'PDIST_CONFIG_INVALID',
      mistakes: [{path: 'secondary.name'}, {path: 'secondary.api_url'}, {path: 'secondary.api_key'}],
    })
    expect(String(error)).toContain('set api_key or api_key_file in [secondary], or PDIST_SECONDARY_API_KEY')
  })

  it('of syntax have line and column, and do not quote the file', async () => {
    const [found = '', ...more] = await mistakes('[primary]\napi_key = "hush" oops\n')
    expect(more).toEqual([])
    expect(found).toMatch(/pdist\.toml:2:\d+: /)
    expect(found).not.toContain('hush')
  })

  it('include a named file that is not there, or is none', async () => {
    const missing = await readConfig({file: join(directory, 'none.toml'), env: {}})
    expect(missing.mistakes).toEqual([
      {path: join(directory, 'none.toml'), message: 'cannot be read: there is no such file'},
    ])
    const byEnvironment = await readConfig({env: {PDIST_CONFIG: directory}})
    expect(byEnvironment.mistakes[0]?.message).toContain('it is a directory')
  })

  it('include a secret given twice, or by a file that is not there', async () => {
    expect(await mistakes('[primary]\napi_key = "a"\napi_key_file = "b"')).toEqual([
      'primary.api_key: both api_key and api_key_file are given: leave out one',
    ])
    expect(await mistakes('[primary]\napi_key_file = "/nonexistent/key"')).toEqual([
      'primary.api_key_file: /nonexistent/key cannot be read: there is no such file',
    ])
  })

  it('include an empty secret, and one of two lines', async () => {
    for (const contents of ['\n', 'two\nlines\n']) {
      const path = await file(contents, 'key')
      expect(await mistakes(`[primary]\napi_key_file = "${path}"`)).toEqual([
        'primary.api_key_file: expected a secret in one line',
      ])
    }
  })

  it.each([
    ['http://127.0.0.1:8081/api/v1', 'must not have a path'],
    ['http://127.0.0.1:8081?x=1', 'must not have a query'],
    ['http://me:hush@127.0.0.1', 'must not hold a user'],
    ['http://me:1/hush@127.0.0.1', 'must not hold a user'],
    ['ftp://127.0.0.1', 'must begin with http:// or https://'],
    ['127.0.0.1:8081', 'begins with http:// or https://'],
    ['http://', 'expected a URL'],
    ['http://[::1', 'expected a URL'],
  ])('include the URL %s', async (url, message) => {
    const found = await mistakes(`[primary]\napi_url = "${url}"`)
    expect(found).toEqual([expect.stringContaining(message)])
    expect(found.join()).not.toContain('hush')
  })

  it.each([
    ['[broker]\nuser = "u"', 'broker.user: needs password, too'],
    ['[broker]\ncert_file = "c"', 'broker.cert_file: needs key_file, too'],
    ['[broker]\ntoken = "t"\nnkey_file = "n"', 'broker.creds_file: there is more than one way to log in'],
    ['[api_proxy]\nkey_file = "k"', 'api_proxy.key_file: needs cert_file, too'],
    ['[primary]\ntsig_name = "k."', 'primary.tsig_name: needs tsig_secret, too'],
    ['[secondary]\ntsig_secret = "c2VjcmV0"', 'secondary.tsig_secret: needs tsig_name, too'],
    ['[secondary]\nlisten = ["[::]:53"]', 'secondary.masters: must name the address'],
    ['[secondary]\ntsig_name = "k."\ntsig_secret = "?"', 'secondary.tsig_secret: expected base64'],
  ])('include keys that do not go together: %j', async (contents, message) => {
    expect(await mistakes(contents)).toEqual([expect.stringContaining(message)])
  })

  it.each([
    ['prefix = "a"', 'prefix: unknown key, outside of any section'],
    ['broker = 1', 'broker: expected a section: [broker]'],
    ['[broker]\nservers = "nats://a:1"', 'broker.servers: expected a list'],
    ['[broker]\nservers = []', 'broker.servers: expected at least one entry'],
    ['[broker]\nprefix = 1', 'broker.prefix: expected lower-case letters, digits and hyphens'],
    ['[broker]\ninsecure = "yes"', 'broker.insecure: expected true or false'],
    ['[state]\ndirectory = ""', 'state.directory: expected the path'],
    ['[state]\ndirectory = 1979-05-27', 'state.directory: expected the path'],
    ['[metrics]\nlisten = ":9101"', 'metrics.listen: expected an address'],
  ])('include the wrong type or place of %j', async (contents, message) => {
    expect(await mistakes(contents)).toEqual([expect.stringContaining(message)])
  })

  it('do not include what is missing from a section that nobody needs', async () => {
    const reading = await readConfig({file: await file('[secondary]\nname = "ns1"'), env: {}})
    expect(reading.mistakes).toEqual([])
    expect(reading.config).not.toHaveProperty('secondary')
  })
})
