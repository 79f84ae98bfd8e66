import {chmod, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {findBinaries, findForRoles, type Places} from '../../../src/lib/lab/binaries.js'
import {MissingBinaryError} from '../../../src/lib/lab/errors.js'

const MODULES = 'lib/x86_64-linux-gnu/pdns'
const FILES = [
  'sbin/nats-server',
  'sbin/pdns_server',
  `${MODULES}/libgsqlite3backend.so`,
  `${MODULES}/liblmdbbackend.so`,
  'share/schema.sql',
]

let root: string
let places: Places
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pdist-test-'))
  places = {
    path: [join(root, 'bin'), join(root, 'sbin')],
    libraries: [join(root, 'lib')],
    schemas: [at('share/schema.sql')],
  }
  for (const file of FILES) await put(file)
})
afterEach(() => rm(root, {recursive: true}))

describe('findBinaries', () => {
  test('finds everything, and no schema for LMDB', async () => {
    const expected = {
      natsServer: at('sbin/nats-server'),
      pdnsServer: at('sbin/pdns_server'),
      pdnsModules: at(MODULES),
      setpriv: undefined,
    }
    expect(await findBinaries('gsqlite3', places)).toEqual({
      ...expected,
      sqliteSchema: at('share/schema.sql'),
    })
    expect(await findBinaries('lmdb', places)).toEqual({...expected, sqliteSchema: undefined})
  })

  test('takes the first of PATH', async () => {
    await put('bin/nats-server')
    const {natsServer} = await findBinaries('lmdb', places)
    expect(natsServer).toBe(at('bin/nats-server'))
  })

  test.each([
    ['sbin/nats-server', 'gsqlite3', 'nats-server', 'nats-server'],
    ['sbin/pdns_server', 'gsqlite3', 'pdns_server', 'pdns-server'],
    [`${MODULES}/libgsqlite3backend.so`, 'gsqlite3', 'libgsqlite3backend.so', 'pdns-backend-sqlite3'],
    [`${MODULES}/liblmdbbackend.so`, 'lmdb', 'liblmdbbackend.so', 'pdns-backend-lmdb'],
    ['share/schema.sql', 'gsqlite3', 'schema.sqlite3.sql', 'pdns-backend-sqlite3'],
  ] as const)('names the package of a missing %s', async (file, backend, binary, debianPackage) => {
    await rm(at(file))
    const error = await findBinaries(backend, places).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(MissingBinaryError)
    expect(error).toMatchObject({code: 'PDIST_LAB_MISSING_BINARY', binary, debianPackage})
    expect(String(error)).toContain(debianPackage)
  })

  test('each role may have places of its own', async () => {
    await put('other/pdns_server')
    const other = {...places, path: [join(root, 'other'), ...places.path]}
    const {broker, primary, secondary} = await findForRoles({
      backend: 'gsqlite3',
      secondaryBackend: 'lmdb',
      places: {broker: places, primary: places, secondary: other},
    })
    expect(primary).toEqual(broker)
    expect(secondary).toEqual({...broker, pdnsServer: at('other/pdns_server'), sqliteSchema: undefined})
  })

  test('a file that cannot be executed is no program', async () => {
    await chmod(at('sbin/nats-server'), 0o644)
    await expect(findBinaries('lmdb', places)).rejects.toThrow(MissingBinaryError)
  })
})

function at(path: string): string {
  return join(root, path)
}

async function put(path: string): Promise<void> {
  await mkdir(dirname(at(path)), {recursive: true})
  await writeFile(at(path), '', {mode: 0o755})
}
