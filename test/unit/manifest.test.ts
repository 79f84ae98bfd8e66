import {readFileSync} from 'node:fs'
import {describe, expect, it} from 'vitest'
import {finished, ROOT} from '../support/pdist.js'

interface CommandEntry {
  id: string
  summary?: string
  flags: Record<string, {summary?: string; description?: string}>
}

const manifest = JSON.parse(readFileSync(`${ROOT}oclif.manifest.json`, 'utf8')) as {
  commands: Record<string, CommandEntry>
}
const commands = Object.values(manifest.commands)

describe('oclif.manifest.json', () => {
  it('is what `npm run manifest` makes of the built commands', async () => {
    const {stdout, stderr, code} = await finished([`${ROOT}test/support/print-manifest.mjs`, ROOT])
    expect({code, stderr}).toEqual({code: 0, stderr: ''})
    expect(manifest, 'run `npm run build && npm run manifest`').toEqual(JSON.parse(stdout))
  })

  it('has the daemons and the check of the configuration', () => {
    expect(Object.keys(manifest.commands)).toEqual(
      expect.arrayContaining([
        'config:check',
        'daemon:api-proxy',
        'daemon:health-checker',
        'daemon:syncer',
        'daemon:zone-provider',
      ]),
    )
  })
})

it('has no flag for a secret, which everybody who lists the processes would see', () => {
  const suspicious = /password|passwd|token|secret|seed|creds|nkey(?!-file$)|(^|-)key$/
  const flags = commands.flatMap(({id, flags}) => Object.keys(flags).map((flag) => `${id} --${flag}`))
  expect(flags.length).toBeGreaterThan(100)
  expect(flags.filter((flag) => suspicious.test(flag.split(' --')[1] ?? ''))).toEqual([])
})

describe('the help of each command', () => {
  it('has a summary in one sentence without a full stop', () => {
    expect(
      commands.filter(({summary = ''}) => !/^[A-Z][^\n]+[^.\n]$/.test(summary)).map(({id}) => id),
    ).toEqual([])
  })

  it('explains each flag', () => {
    const unexplained = commands.flatMap(({id, flags}) =>
      Object.entries(flags)
        .filter(([, {summary, description}]) => !summary && !description)
        .map(([name]) => `${id} --${name}`),
    )
    expect(unexplained).toEqual([])
  })
})
