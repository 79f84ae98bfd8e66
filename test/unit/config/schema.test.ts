import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {readConfig} from '../../../src/lib/config/load.js'
import {entries, variableOf, writtenName} from '../../../src/lib/config/names.js'
import {HIDDEN, printSettings, shownSettings} from '../../../src/lib/config/print.js'
import {fromFlags} from '../../../src/lib/config/sources.js'

describe('the schema', () => {
  it('describes every key', () => {
    const bad = entries.filter(({definition}) => !/^[A-Z`].{10,}[^.]$/.test(definition.description))
    expect(bad.map(({section, key}) => `${section}.${key}`)).toEqual([])
  })

  it('has valid defaults', () => {
    const bad = entries.filter(
      ({definition: {kind, fallback}}) => fallback !== undefined && kind.read(fallback).flaws !== undefined,
    )
    expect(bad.map(({section, key}) => `${section}.${key}`)).toEqual([])
  })

  it('takes the value of another key as a default only from its own section', () => {
    const shared = entries.filter(({definition}) => definition.sameAs !== undefined)
    const known = entries.map(({section, key}) => `${section}.${key}`)
    expect(shared.map(({section, key}) => `${section}.${key}`)).toEqual(['secondary.masters'])
    for (const {section, definition} of shared) expect(known).toContain(`${section}.${definition.sameAs}`)
  })

  it('makes names of variables that are unique', () => {
    const names = entries.map((entry) => variableOf(entry.section, writtenName(entry)))
    expect(new Set(names).size).toBe(names.length)
    expect(names).toContain('PDIST_ZONE_PROVIDER_TRANSFER_IDLE')
    expect(names).toContain('PDIST_PRIMARY_TSIG_SECRET_FILE')
  })

  it('takes a wrong path of a flag for the error of a programmer', () => {
    expect(() => fromFlags({'broker.nothing': 1})).toThrow(TypeError)
  })
})

describe('the shown configuration', () => {
  const env = {
    PDIST_CONFIG: '/dev/null',
    PDIST_PRIMARY_API_KEY: 'hush',
    PDIST_PRIMARY_TSIG_SECRET: 'aHVzaA==',
    PDIST_BROKER_PASSWORD: 'hush',
    PDIST_BROKER_SERVERS: 'nats://user:hush@a:1',
  }

  it('hides secrets, right ones and misplaced ones', async () => {
    const {settings} = await readConfig({env})
    const shown = printSettings(settings) + JSON.stringify(shownSettings(settings))
    expect(shown).not.toContain('hush')
    expect(shown).not.toContain('aHVzaA')
    expect(shown).toContain(`api_key = "${HIDDEN}"`)
    expect(shown).toContain(`nats://${HIDDEN}@a:1`)
  })

  it.each([
    ['broker.servers', 'nats://me:hush/hush@b@[::1]:1', `nats://${HIDDEN}@[::1]:1`],
    ['broker.servers', 'nats://hush@a:1', `nats://${HIDDEN}@a:1`],
    ['broker.servers', 'me:hush@a:1', `${HIDDEN}@a:1`],
    ['signing.trusted_keys', '-----BEGIN PRIVATE KEY-----\nhush', HIDDEN],
    ['broker.servers', 'nats://[::1]:4222', 'nats://[::1]:4222'],
  ])('hides what was misplaced in %s: %s', async (path, value, expected) => {
    const {settings, mistakes} = await readConfig({
      env: {PDIST_CONFIG: '/dev/null'},
      flags: {[path]: [value]},
    })
    expect(shownSettings(settings)).toContainEqual({
      ...{path, value: [expected], source: expect.any(String)},
    })
    expect(JSON.stringify(mistakes)).not.toContain('hush')
  })

  it('says where each value comes from', async () => {
    const {settings} = await readConfig({env})
    expect(shownSettings(settings)).toContainEqual({
      path: 'primary.api_key',
      value: HIDDEN,
      source: 'PDIST_PRIMARY_API_KEY',
    })
    expect(shownSettings(settings)).toContainEqual({path: 'broker.replicas', value: 1, source: 'default'})
  })

  it('is TOML that reads as the same configuration', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pdist-print-'))
    try {
      const first = await readConfig({env: {PDIST_CONFIG: '/dev/null'}})
      await writeFile(`${directory}/a.toml`, printSettings(first.settings))
      const second = await readConfig({file: `${directory}/a.toml`, env: {}})
      expect(second.config).toEqual(first.config)
      expect(second.config).toBeDefined()
    } finally {
      await rm(directory, {recursive: true})
    }
  })
})
