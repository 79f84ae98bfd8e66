import {readFileSync} from 'node:fs'
import {expect, it} from 'vitest'
import {entries} from '../../../src/lib/config/names.js'
import {configurationReference} from '../../../src/lib/config/reference.js'

it('is what docs/configuration.md says (else: npm run build && npm run docs)', () => {
  const file = new URL('../../../docs/configuration.md', import.meta.url)
  expect(readFileSync(file, 'utf8')).toBe(configurationReference())
})

it('has a row for every key', () => {
  const reference = configurationReference()
  for (const {key} of entries) expect(reference).toContain(`\`${key}\``)
})
