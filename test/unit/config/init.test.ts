import {mkdtemp, readFile, rm, stat, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import fc from 'fast-check'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {parseAddress} from '../../../src/lib/config/address.js'
import {
  type AnswerTexts,
  checkedAnswers,
  initConfiguration,
  initialConfiguration,
  mistakeIn,
  openQuestions,
} from '../../../src/lib/config/init.js'
import {readConfig} from '../../../src/lib/config/load.js'
import {demandsOf, MACHINE_ROLES, type MachineRole, questionsFor} from '../../../src/lib/config/template.js'
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
    [`${role}.api_url`]: given.api_url,
    [`${role}.api_key_file`]: key,
    [`${role}.dns`]: given.dns,
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
        if (role === 'operator') return
        const dns = parseAddress(given.dns, {names: true})
        expect(config?.[role]).toMatchObject({apiUrl: given.api_url, apiKey: 'hush', dns})
        const {keyFile, trustedKeys} = config?.signing ?? {}
        if (role === 'primary') expect(keyFile).toBe(join(directory, given.api_key_file))
        else expect(trustedKeys).toEqual(TRUSTED.split(', '))
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
    expect(await readFile(file, 'utf8')).toBe(initialConfiguration('operator', other))
  })

  it('says what is still missing', async () => {
    const file = join(directory, 'pdist.toml')
    const {mistakes} = await initConfiguration(
      'primary',
      {...answers, 'primary.api_url': 'http://[::1]:8081', 'primary.api_key_file': join(directory, 'none')},
      {file, force: false},
    )
    expect(mistakes).toMatchObject([
      {path: 'primary.api_key_file', message: expect.stringContaining('no such file')},
      {path: 'signing.key_file', message: expect.stringContaining('pdist keys generate')},
    ])
  })

  it('has versions signed, or says that they are not checked', async () => {
    const file = join(directory, 'pdist.toml')
    const given = {...answers, 'primary.api_url': 'http://[::1]:8081'}
    expect(initialConfiguration('primary', given)).toContain('\nkey_file = "/etc/pdist/signing-key.pem"\n')
    const {mistakes} = await initConfiguration('secondary', answers, {file, force: false})
    expect(mistakes).toContainEqual({
      path: 'signing.trusted_keys',
      message: expect.stringContaining('believed'),
    })
  })

  it('cannot be made in a folder that is not there', async () => {
    const file = join(directory, 'none', 'pdist.toml')
    await expect(initConfiguration('operator', answers, {file, force: false})).rejects.toMatchObject({
      code: 'PDIST_CONFIG_FILE',
    })
  })
})

describe('answers', () => {
  it('are checked as the keys are', () => {
    expect(mistakeIn('secondary.name', 'NS 1')).toMatch(/^expected a name of lower-case/)
    expect(mistakeIn('broker.servers', '')).toMatch(/at least one/)
    expect(mistakeIn('primary.api_key_file', '')).toMatch(/the path of a file/)
    expect(mistakeIn('primary.dns', '[::1]:53')).toBeUndefined()
  })

  it('are told when nobody asked for them', () => {
    const {known, mistakes} = checkedAnswers('operator', {
      'operator.dns': '[::1]:53',
      'broker.servers': 'nats://a:1',
    })
    expect(known).toEqual({'broker.servers': 'nats://a:1'})
    expect(mistakes).toEqual([{path: 'operator.dns', message: 'means nothing for the role operator'}])
  })

  it('leave open what is not answered', () => {
    const open = openQuestions('secondary', {'secondary.name': 'ns1'}).map(({path}) => path)
    const own = ['secondary.api_url', 'secondary.api_key_file', 'secondary.dns']
    expect(open).toEqual(['broker.servers', ...own, 'signing.trusted_keys'])
  })
})
