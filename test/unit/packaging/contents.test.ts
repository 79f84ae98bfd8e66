import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {licenseText, productionDependencies} from '../../../packaging/lib/dependencies.js'
import {debianVersion} from '../../../packaging/lib/release.js'
import {readConfig} from '../../../src/lib/config/load.js'
import {needsOf, type Role} from '../../../src/lib/config/roles.js'

const NKEYS = ['primary.nkey', 'secondary-ns1.nkey']
const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

describe('the configuration that is installed', () => {
  let credentials = ''

  beforeEach(() => {
    credentials = mkdtempSync(join(tmpdir(), 'pdist-credentials-'))
    for (const name of ['broker-password', 'powerdns-key', 'broker.creds', 'api-proxy.key', ...NKEYS]) {
      writeFileSync(join(credentials, `pdist_${name}`), `the ${name}\n`)
    }
  })

  afterEach(() => rmSync(credentials, {recursive: true}))

  const read = (name: string, role: Role, change = (text: string) => text) => {
    const file = join(credentials, 'config.toml')
    writeFileSync(file, change(readFileSync(join(ROOT, 'packaging/etc', name), 'utf8')))
    return readConfig({file, env: {CREDENTIALS_DIRECTORY: credentials}, need: needsOf[role]})
  }

  it.each([
    ['primary.toml', 'api-proxy'],
    ['primary.toml', 'zone-provider'],
    ['primary.toml', 'health-checker'],
    ['secondary.toml', 'syncer'],
  ] as const)('%s is complete for %s, with the secrets that systemd hands over', async (name, role) => {
    const {mistakes, config} = await read(name, role)
    expect(mistakes).toEqual([])
    const nkey = name === 'primary.toml' ? 'primary.nkey' : 'secondary-ns1.nkey'
    expect(config?.broker.nkeyFile).toBe(join(credentials, `pdist_${nkey}`))
    expect((config?.primary ?? config?.secondary)?.apiKey).toBe('the powerdns-key')
  })

  it.each(['primary.toml', 'secondary.toml'])('what %s offers as a comment is right, too', async (name) => {
    // There is but one way to log in.
    const uncommented = (text: string) =>
      text
        .replace(/^nkey_file .*\n/m, '')
        .replace(/^#creds_file .*\n/m, '')
        // No key that somebody might trust is shown.
        .replace(/^#trusted_keys .*\n/m, '')
        .replace(/^#(?=[a-z_]+ = )/gm, '')
    const {mistakes, config} = await read(name, name === 'primary.toml' ? 'api-proxy' : 'syncer', uncommented)
    expect(mistakes).toEqual([])
    expect(config?.broker.password).toBe('the broker-password')
  })
})

it('a secret that systemd did not hand over is looked for where the configuration says', async () => {
  const flags = {'broker.password_file': '/etc/pdist/credentials/none'}
  const {mistakes} = await readConfig({env: {CREDENTIALS_DIRECTORY: tmpdir()}, flags})
  const message = '/etc/pdist/credentials/none cannot be read: there is no such file'
  expect(mistakes).toContainEqual(expect.objectContaining({path: 'broker.password_file', message}))
})

describe('the npm packages of which parts are in the program', () => {
  const dependencies = productionDependencies()

  it('are those of package.json and what they need, and none that only building or testing needs', () => {
    const {dependencies: wanted, devDependencies} = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    ) as Record<'dependencies' | 'devDependencies', Record<string, string>>
    const paths = dependencies.map(({path}) => path)
    expect(paths).toEqual(expect.arrayContaining(Object.keys(wanted).map((name) => `node_modules/${name}`)))
    for (const name of Object.keys(devDependencies)) expect(paths).not.toContain(`node_modules/${name}`)
  })

  it('all come with their license', () => {
    for (const dependency of dependencies) {
      expect(licenseText(dependency)).toMatch(/^License: [A-Z0-9(][\w.() -]+$/m)
    }
  })
})

it.each([
  ['1.2.3', '1.2.3'],
  ['1.0.0-rc.1', '1.0.0~rc.1'],
])('version %s is %s to Debian', (version, debian) => {
  expect(debianVersion(version)).toBe(debian)
})
