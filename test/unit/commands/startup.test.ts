import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {finished, pdist, ROOT} from '../../support/pdist.js'

const BUILT = pathToFileURL(`${ROOT}dist/`).href

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pdist-start-'))
})
afterEach(() => rm(directory, {recursive: true}))

/** The packages of which `pdist` loads something when it is run so: all of it from what is built. */
async function packagesLoadedBy(parameters: readonly string[]): Promise<Set<string>> {
  const record = join(directory, 'modules')
  const nodeArguments = ['--import', `${ROOT}test/support/record-modules.mjs`]
  await pdist(parameters, {nodeArguments, env: {RECORD_MODULES_TO: record}})
  const urls = (await readFile(record, 'utf8')).split('\n').filter((url) => url.startsWith('file:'))
  expect(urls.filter((url) => url.includes('/node_modules/'))).toEqual([])
  const sources = await Promise.all(urls.filter((url) => url.startsWith(BUILT)).map(sourcesOf))
  return new Set(
    sources.flat().flatMap((path) => path.match(/\/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1] ?? []),
  )
}

/** The files that were put into a built one; none where it has no source map, as what the bundler itself adds. */
async function sourcesOf(url: string): Promise<string[]> {
  const file = fileURLToPath(url)
  const code = await readFile(file, 'utf8')
  if (code.includes('sourceMappingURL=')) {
    return (JSON.parse(await readFile(`${file}.map`, 'utf8')) as {sources: string[]}).sources
  }
  expect(code.length).toBeLessThan(3000)
  return []
}

describe('pdist --version', () => {
  it('says its version', async () => {
    const {code, stdout} = await pdist(['--version'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^pdist\/\d+\.\d+\.\d+ /)
  })

  it('loads oclif, and nothing that takes time', async () => {
    const loaded = await packagesLoadedBy(['--version'])
    expect(loaded).toContain('@oclif/core')
    const heavy = [
      'nats',
      'ink',
      'react',
      'listr2',
      'fastify',
      'undici',
      'pino',
      'prom-client',
      'zod',
      'smol-toml',
    ]
    expect([...loaded].filter((name) => heavy.includes(name) || name.startsWith('@nats-io/'))).toEqual([])
  })
})

describe('a command', () => {
  it('loads what it needs, and only that', async () => {
    const loaded = await packagesLoadedBy(['config', 'check'])
    expect(loaded).toContain('smol-toml')
    expect([...loaded].filter((name) => ['nats', 'zod'].includes(name))).toEqual([])
  })

  it('loads nothing of it for its help', async () => {
    expect(await packagesLoadedBy(['config', 'check', '--help'])).not.toContain('smol-toml')
  })
})

describe('an older Node', () => {
  it('is told in one line which one is needed', async () => {
    const pretend = join(ROOT, 'test/support/pretend-old-node.mjs')
    const {code, stdout, stderr} = await finished(['--import', pretend, `${ROOT}bin/pdist.js`, '--version'])
    expect({code, stdout}).toEqual({code: 1, stdout: ''})
    expect(stderr).toBe(`pdist needs Node.js 22.15 or newer; this is v20.19.0 (${process.execPath})\n`)
  })

  it('is told the same version as in package.json', async () => {
    const {engines} = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8')) as {engines: {node: string}}
    const source = await readFile(`${ROOT}bin/pdist.js`, 'utf8')
    const [, major, minor] = source.match(/NEEDED = \[(\d+), (\d+)\]/) ?? []
    expect(engines.node).toBe(`>=${major}.${minor}`)
  })

  it('can parse the entry point as far as the message', async () => {
    const source = await readFile(`${ROOT}bin/pdist.js`, 'utf8')
    // What came after Node 12: optional chaining, `??`, `||=`, private names; and imports are hoisted.
    expect(source).not.toMatch(/\?\.|\?\?|\|\|=|&&=|#[a-z]+\b(?!\/)|^\s*(import\s+[^(]|export)|^\s*await/m)
  })
})
