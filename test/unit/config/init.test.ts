import {mkdtemp, readFile, rm, stat, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import fc from 'fast-check'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {parseAddress} from '../../../src/lib/config/address.js'
import {
  checkedAnswers,
  initConfiguration,
  initialConfiguration,
  mistakeIn,
} from '../../../src/lib/config/init.js'
import {readConfig} from '../../../src/lib/config/load.js'
import {
  type AnswerTexts,
  openQuestions,
  powerDnsSection,
  questionsFor,
  SETTLED,
  USUAL_FILES,
  withUsualAnswers,
} from '../../../src/lib/config/questions.js'
import {demandsOf, MACHINE_ROLES, type MachineRole} from '../../../src/lib/config/template.js'
import {formatPublicKey, generateSigningKey} from '../../../src/lib/zone/signing-key.js'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pdist-init-'))
})
afterEach(() => rm(directory, {recursive: true}))

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/)
const port = fc.integer({min: 1, max: 65_535})
const host = fc.oneof(
  label.map((name) => `${name}.example.net`),
  fc.ipV4(),
  fc.constant('[2001:db8::1]'),
)
const place = fc.tuple(host, port).map(([name, number]) => `${name}:${number}`)
/** What may stand in a path, and would end a text in TOML. */
const keyFile = fc.constantFrom('key', 'a "quoted" key', "it's", 'back\\slash', '#key', 'schlüssel')

const TRUSTED = [generateSigningKey(), generateSigningKey()].map(formatPublicKey).join(', ')

const answersOf = {
  'broker.servers': fc
    .array(fc.tuple(fc.constantFrom('nats', 'tls'), place), {minLength: 1, maxLength: 3})
    .map((servers) => servers.map(([scheme, where]) => `${scheme}://${where}`).join(',')),
  'secondary.name': label,
  api_url: fc.tuple(fc.constantFrom('http', 'https'), place).map(([scheme, where]) => `${scheme}://${where}`),
  api_key_file: keyFile,
  dns: place,
}

async function answered(
  role: MachineRole,
  given: Record<keyof typeof answersOf, string>,
): Promise<AnswerTexts> {
  const key = join(directory, given.api_key_file)
  await writeFile(key, 'hush\n')
  const all: AnswerTexts = {
    'broker.servers': given['broker.servers'],
    'secondary.name': given['secondary.name'],
    'broker.ca_file': key,
    'broker.nkey_file': key,
    [`${powerDnsSection(role)}.api_url`]: given.api_url,
    [`${powerDnsSection(role)}.api_key_file`]: key,
    [`${powerDnsSection(role)}.dns`]: given.dns,
    'signing.key_file': key,
    'signing.trusted_keys': TRUSTED,
  }
  return Object.fromEntries(questionsFor(role).map(({path}) => [path, all[path]]))
}

describe.each(MACHINE_ROLES)('what is written for the role %s', (role) => {
  it('is read back as it was answered, whatever that was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(answersOf), async (given) => {
        const answers = await answered(role, given)
        const file = join(directory, 'pdist.toml')
        const report = await initConfiguration(role, answers, {file, force: true})
        expect(report.mistakes).toEqual([])
        const {config} = await readConfig({file, env: {}, need: demandsOf(role).need})
        expect(config?.broker.servers).toEqual(given['broker.servers'].split(','))
        const key = join(directory, given.api_key_file)
        expect(config?.broker).toMatchObject({caFile: key, nkeyFile: key})
        const dns = parseAddress(given.dns, {names: true})
        expect(config?.[powerDnsSection(role)]).toMatchObject({apiUrl: given.api_url, apiKey: 'hush', dns})
        const {keyFile, trustedKeys} = config?.signing ?? {}
        if (role === 'primary') expect(keyFile).toBe(key)
        if (role === 'secondary') expect(trustedKeys).toEqual(TRUSTED.split(', '))
        if (role === 'secondary') expect(config?.secondary).toMatchObject({name: given['secondary.name']})
      }),
      {numRuns: 30},
    )
  })

  it('shows the defaults as they are: to take out their comment signs changes nothing', async () => {
    const file = join(directory, 'pdist.toml')
    const values = {'broker.servers': 'nats://[::1]:4222', api_url: 'http://[::1]:1', dns: '[::1]:53'}
    const answers = await answered(role, {...values, api_key_file: 'key', 'secondary.name': 'ns1'})
    await initConfiguration(role, answers, {file, force: false})
    const before = await readConfig({file, env: {}})
    const text = await readFile(file, 'utf8')
    // Keys without a default have an empty text there, which is none of theirs.
    const open = text.replace(/^# ([a-z_0-9]+ = (?!""$|…).*)$/gm, '$1')
    expect(open.split('\n').length).toBe(text.split('\n').length)
    expect(open).not.toBe(text)
    await writeFile(file, open)
    const after = await readConfig({file, env: {}})
    expect(after.mistakes).toEqual([])
    expect(after.config).toEqual(before.config)
  })
})

describe('a new configuration file', () => {
  const answers = {'broker.servers': 'nats://[::1]:4222'}

  it('is for its owner and group, and takes no place of another without force', async () => {
    const file = join(directory, 'pdist.toml')
    await initConfiguration('operator', answers, {file, force: false})
    expect((await stat(file)).mode & 0o777).toBe(0o640)
    const other = {'broker.servers': 'nats://b.example:1'}
    const again = initConfiguration('operator', other, {file, force: false})
    await expect(again).rejects.toMatchObject({code: 'PDIST_CONFIG_FILE'})
    expect(await readFile(file, 'utf8')).toContain('[::1]:4222')
    await initConfiguration('operator', other, {file, force: true})
    expect(await readFile(file, 'utf8')).toBe(initialConfiguration('operator', other, file))
  })

  it('says what is still missing', async () => {
    const file = join(directory, 'pdist.toml')
    const none = join(directory, 'none')
    const keys = {'broker.nkey_file': none, 'primary.api_key_file': none, 'signing.key_file': none}
    const api = {...answers, 'primary.api_url': 'http://[::1]:8081'}
    const {mistakes} = await initConfiguration('primary', {...api, ...keys}, {file, force: false})
    expect(mistakes).toMatchObject([
      {path: 'primary.api_key_file', message: expect.stringContaining('no such file')},
      {path: 'broker.nkey_file', message: expect.stringContaining('no such file')},
      {path: 'signing.key_file', message: expect.stringContaining('pdist keys generate')},
    ])
  })

  it.each([
    ['primary', 'signing.key_file', 'no version is signed'],
    ['secondary', 'signing.trusted_keys', 'believed'],
  ] as const)('without signatures says so, for the role %s', async (role, path, words) => {
    const file = join(directory, 'pdist.toml')
    const {mistakes} = await initConfiguration(role, {...answers, [path]: 'none'}, {file, force: false})
    expect(mistakes).toContainEqual({path, message: expect.stringContaining(words)})
  })

  it('tells how it is checked, unless a shell would take its name for something else', () => {
    const text = initialConfiguration('secondary', answers, '/etc/pdist/ns1.toml')
    expect(text).toContain(
      '# After a change: pdist config check --role syncer --config /etc/pdist/ns1.toml\n',
    )
    const odd = initialConfiguration('secondary', answers, '/tmp/a\nb = "c"')
    expect(odd).toContain('# After a change: pdist config check --role syncer\n')
  })

  it('cannot be made in a folder that is not there', async () => {
    const file = join(directory, 'none', 'pdist.toml')
    await expect(initConfiguration('operator', answers, {file, force: false})).rejects.toMatchObject({
      code: 'PDIST_CONFIG_FILE',
    })
  })
})

describe('what nobody says', () => {
  const trusted = formatPublicKey(generateSigningKey())
  const needed = {
    primary: {'broker.servers': 'tls://a.example:4222'},
    secondary: {
      'broker.servers': 'tls://a.example:4222',
      'secondary.name': 'ns1',
      'signing.trusted_keys': trusted,
    },
    operator: {'broker.servers': 'tls://a.example:4222'},
  } as const

  it.each(MACHINE_ROLES)('is where the packages and `broker setup --roles` have it: %s', (role) => {
    const answers = withUsualAnswers(role, needed[role])
    expect(answers).toMatchObject({
      'broker.ca_file': '/etc/pdist/broker-ca.pem',
      'broker.nkey_file': `/etc/pdist/credentials/${role === 'secondary' ? 'secondary-ns1' : role}.nkey`,
    })
    const files = Object.entries(answers ?? {}).filter(([path]) =>
      /(nkey|api_key|signing.key)_file$/.test(path),
    )
    for (const [, file] of files) expect(file).toMatch(/^\/etc\/pdist\/credentials\//)
    expect(USUAL_FILES[role]).toBe(`/etc/pdist/${role === 'operator' ? 'pdist' : role}.toml`)
  })

  it.each(['primary', 'secondary'] as const)('is as in the file of the package: %s', async (role) => {
    const packaged = fileURLToPath(new URL(`../../../packaging/etc/${role}.toml`, import.meta.url))
    const given = {...needed[role], 'broker.servers': 'tls://nats.example.net:4222'}
    const file = join(directory, 'pdist.toml')
    await initConfiguration(role, withUsualAnswers(role, given) ?? {}, {file, force: false})
    const valuesIn = async (path: string) => {
      const {settings} = await readConfig({file: path, env: {}})
      return Object.fromEntries(settings.map((setting) => [setting.path, setting.value]))
    }
    const left = ['signing.key_file', 'signing.trusted_keys', 'zone_provider.notify_listen']
    const strip = (values: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(values).filter(([path]) => !left.includes(path)))
    expect(strip(await valuesIn(file))).toEqual(strip(await valuesIn(packaged)))
  })

  it.each(MACHINE_ROLES)('is no trouble where the broker is this machine, without TLS: %s', (role) => {
    const answers = withUsualAnswers(role, {...needed[role], 'broker.servers': 'nats://[::1]:4222'})
    expect(Object.keys(answers ?? {}).filter((path) => /(ca|nkey)_file/.test(path))).toEqual([])
  })

  it('is no API for an operator, unless he has something of it', () => {
    expect(withUsualAnswers('operator', needed.operator)?.['primary.api_key_file']).toBeUndefined()
    const given = {...needed.operator, 'primary.dns': '192.0.2.1:53'}
    expect(withUsualAnswers('operator', given)).toMatchObject({
      'primary.api_url': 'http://127.0.0.1:8081',
      'primary.api_key_file': '/etc/pdist/credentials/powerdns-key',
    })
  })

  it('has to be said where nothing is usual', () => {
    const answers = {'broker.servers': 'tls://a.example:4222', 'secondary.name': 'ns1'}
    expect(withUsualAnswers('secondary', answers)).toBeUndefined()
    expect(withUsualAnswers('primary', {})).toBeUndefined()
  })

  it('is right: every usual and settled answer', () => {
    for (const role of MACHINE_ROLES) {
      const usual = questionsFor(role).flatMap(({path, usual}) =>
        usual === undefined ? [] : [[path, usual] as const],
      )
      for (const [path, text] of [...usual, ...Object.entries(SETTLED[role])]) {
        expect(mistakeIn(role, path, text ?? ''), path).toBeUndefined()
      }
    }
  })
})

describe('answers', () => {
  it('are checked as the keys are', () => {
    expect(mistakeIn('secondary', 'secondary.name', 'NS 1')).toMatch(/^expected a name of lower-case/)
    expect(mistakeIn('primary', 'broker.servers', '')).toMatch(/at least one/)
    expect(mistakeIn('primary', 'primary.api_key_file', '')).toMatch(/the path of a file/)
    expect(mistakeIn('primary', 'primary.dns', '[::1]:53')).toBeUndefined()
  })

  it('may be `none` where the file can do without, and only there', () => {
    expect(mistakeIn('secondary', 'signing.trusted_keys', 'none')).toBeUndefined()
    expect(mistakeIn('secondary', 'signing.trusted_keys', '')).toMatch(/`none`/)
    expect(mistakeIn('primary', 'primary.api_url', 'none')).toMatch(/expected a URL/)
  })

  it('are told when nobody asked for them', () => {
    const {known, mistakes} = checkedAnswers('operator', {
      'secondary.name': 'ns1',
      'broker.servers': 'nats://a:1',
    })
    expect(known).toEqual({'broker.servers': 'nats://a:1'})
    expect(mistakes).toEqual([{path: 'secondary.name', message: 'means nothing for the role operator'}])
  })

  it('leave open what is not answered, and what they make superfluous is not asked', () => {
    const open = openQuestions('secondary', {'secondary.name': 'ns1'}).map(({path}) => path)
    const own = ['secondary.api_url', 'secondary.api_key_file', 'secondary.dns']
    const broker = ['broker.servers', 'broker.ca_file', 'broker.nkey_file']
    expect(open).toEqual([...broker, ...own, 'signing.trusted_keys'])
    const answers = {'broker.servers': 'nats://[::1]:4222', 'primary.api_url': 'none'}
    expect(openQuestions('operator', answers)).toEqual([])
  })
})
