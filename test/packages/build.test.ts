import {execFileSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {basename, join} from 'node:path'
import {afterAll, beforeAll, expect, inject, it} from 'vitest'
import {build, debsIn} from '../support/packages/build.js'

const NAMES = ['pdist', 'pdist-primary', 'pdist-secondary']
const packages = inject('packages')
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pdist-build-test-'))
  mkdirSync(join(folder, 'root'))
  for (const deb of debsIn(packages)) execFileSync('dpkg-deb', ['--extract', deb, join(folder, 'root')])
})

afterAll(() => rmSync(folder, {recursive: true}))

it('three packages are built', () => {
  expect(debsIn(packages).map((path) => basename(path).split('_')[0])).toEqual(NAMES)
})

it('two builds are the same, byte for byte', () => {
  const again = join(folder, 'again')
  build(again)
  for (const deb of debsIn(packages)) {
    const other = readFileSync(join(again, basename(deb)))
    expect(readFileSync(deb).equals(other), basename(deb)).toBe(true)
  }
})

it('lintian finds no error', () => {
  const parameters = ['--fail-on', 'error', '--tag-display-limit', '0', '--allow-root', ...debsIn(packages)]
  execFileSync('lintian', parameters)
})

it('all belongs to root, and only root gets to the credentials', () => {
  for (const deb of debsIn(packages)) {
    const lines = execFileSync('dpkg-deb', ['--contents', deb], {encoding: 'utf8'}).trim().split('\n')
    expect(lines.filter((line) => !line.includes(' root/root '))).toEqual([])
    expect(lines.filter((line) => /^.{5}w|^.{8}w/.test(line))).toEqual([])
    if (basename(deb).startsWith('pdist-'))
      expect(lines.join('\n')).toMatch(/^drwx------ .* \.\/etc\/pdist\/credentials\/$/m)
  }
})

it.each(['api-proxy', 'zone-provider', 'health-checker', 'syncer', 'resync@'])(
  'the sandbox of %s leaves an exposure under 2.0',
  (name) => {
    const unit = join(folder, `root/usr/lib/systemd/system/pdist-${name}.service`)
    const said = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', unit], {
      encoding: 'utf8',
    })
    const exposure = /Overall exposure level for .*: ([\d.]+)/.exec(said)?.[1]
    expect(Number(exposure)).toBeLessThan(2)
  },
)
