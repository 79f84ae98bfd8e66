import {readdirSync, readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {describe, expect, it} from 'vitest'
import {importsOf} from '../support/imports.js'
import {breachesIn} from '../support/layers.js'

const SRC = fileURLToPath(new URL('../../src/', import.meta.url))

function readSources(): Map<string, string> {
  const files = readdirSync(SRC, {recursive: true, encoding: 'utf8'}).filter((file) => /\.tsx?$/.test(file))
  return new Map(files.map((file) => [file.replaceAll('\\', '/'), readFileSync(`${SRC}/${file}`, 'utf8')]))
}

/** The sources of a small tree: what is imported is there, and empty unless given. */
function tree(files: Record<string, string>): Map<string, string> {
  const empty = [
    'broker/a',
    'xfr/a',
    'sync/a',
    'zone/a',
    'dns/a',
    'async/a',
    'ui/a',
    'lab/a',
    'config/a',
  ].map((path) => [`lib/${path}.ts`, ''] as const)
  return new Map([['lib/errors.ts', ''], ['daemons/a.ts', ''], ...empty, ...Object.entries(files)])
}

describe('the sources', () => {
  it('keep to the layers and to the homes of packages', () => {
    expect(breachesIn(readSources())).toEqual([])
  })

  it('are all read: each file but the lowest imports something', () => {
    const sources = readSources()
    const importing = new Set(importsOf(sources).map(({from}) => from))
    const silent = [...sources].filter(
      ([file, text]) => /^(import|export .* from)\b/m.test(text) && !importing.has(file),
    )
    expect(silent).toEqual([])
    expect(importing.size).toBeGreaterThan(30)
  })
})

describe('the rules', () => {
  it.each([
    ['an upward import', 'lib/zone/x.ts', "import {a} from '../sync/a.js'"],
    ['an upward import of a type', 'lib/dns/x.ts', "import type {A} from '../zone/a.js'"],
    ['an upward import in a type', 'lib/dns/x.ts', "let a: typeof import('../zone/a.js')"],
    ['an upward dynamic import', 'lib/sync/x.ts', "const a = await import('../broker/a.js')"],
    ['an upward re-export', 'lib/async/x.ts', "export * from '../dns/a.js'"],
    ['an upward import over several lines', 'lib/zone/x.ts', "import {\n  a,\n  b,\n} from '../sync/a.js'"],
    ['an import for its effects', 'lib/zone/x.ts', "import '../sync/a.js'"],
    ['an import after a comment', 'lib/zone/x.ts', "/* why */ import '../sync/a.js'"],
    ['the root of errors looking up', 'lib/errors.ts', "import {a} from './dns/a.js'"],
    ['one I/O folder in another', 'lib/xfr/x.ts', "import {a} from '../broker/a.js'"],
    ['an I/O folder that knows sync', 'lib/broker/x.ts', "import type {A} from '../sync/a.js'"],
    ['a view that does I/O', 'lib/ui/x.ts', "import {a} from '../broker/a.js'"],
    ['a daemon that knows the lab', 'daemons/x.ts', "import {a} from '../lib/lab/a.js'"],
    ['the lab that knows daemons', 'lib/lab/x.ts', "import {a} from '../../daemons/a.js'"],
    ['a package away from home', 'lib/sync/x.ts', "import {connect} from 'nats'"],
    ['a scoped package away from home', 'daemons/x.ts', "import {jetstream} from '@nats-io/jetstream'"],
    ['the type of a package away from home', 'lib/sync/x.ts', "import type {Logger} from 'pino'"],
    ['a package nobody knows', 'lib/zone/x.ts', "import _ from 'lodash'"],
    ['zod in dns', 'lib/dns/x.ts', "import {z} from 'zod'"],
    ['a Node module without its prefix', 'lib/broker/x.ts', "import fs from 'fs'"],
    ['I/O in a pure folder', 'lib/dns/x.ts', "import {connect} from 'node:net'"],
    ['require', 'lib/sync/x.ts', "const {connect} = require('nats')"],
    ['a cycle of itself', 'lib/sync/x.ts', "import type {B} from './x.js'"],
  ])('refuse %s', (_, file, source) => {
    expect(breachesIn(tree({[file]: source}))).toHaveLength(1)
  })

  it('refuse a cycle within a layer', () => {
    const files = {
      'lib/sync/x.ts': "import {y} from './y.js'",
      'lib/sync/y.ts': "import {z} from './z.js'",
      'lib/sync/z.ts': "export {x} from './x.js'",
    }
    expect(breachesIn(tree(files))).toEqual([
      'a cycle: lib/sync/x.ts -> lib/sync/y.ts -> lib/sync/z.ts -> lib/sync/x.ts',
    ])
  })

  it.each([
    ['a computed import', {'lib/sync/x.ts': 'await import(name)'}, /computes what it imports/],
    ['an import of nothing', {'lib/sync/x.ts': "import {n} from './none.js'"}, /is not there/],
    ['a folder without a layer', {'lib/misc/x.ts': "import 'node:fs'"}, /is in no layer/],
  ])('cannot be fooled by %s', (_, files, message) => {
    expect(() => breachesIn(tree(files))).toThrow(message)
  })

  it.each([
    [
      'downward imports',
      'commands/x.ts',
      "import {a} from '../lib/dns/a.js'\nimport {b} from '../daemons/a.js'",
    ],
    ['a package at home', 'lib/broker/x.ts', "import {jetstream} from '@nats-io/jetstream'"],
    ['pure modules of Node', 'lib/dns/x.ts', "import {createHash} from 'node:crypto'"],
    [
      'what is only said in a comment',
      'lib/dns/x.ts',
      "// import {a} from '../sync/a.js'\n/* import 'nats' */",
    ],
    [
      'an address in a string before an import',
      'lib/xfr/x.ts',
      "const a = 'http://x' // y\nimport '../dns/a.js'",
    ],
  ])('allow %s', (_, file, source) => {
    expect(breachesIn(tree({[file]: source}))).toEqual([])
  })
})
