import {chmod, mkdtemp, readFile, rm, stat, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, it} from 'vitest'
import {generateKeyFile, readKeyFile, showKeyFile} from '../../../src/lib/system/signing-keys.js'
import {readPublicKey} from '../../../src/lib/zone/signing-key.js'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pdist-keys-'))
})
afterEach(() => rm(directory, {recursive: true}))

it('a key is made in a file that only its owner may read, and its public half can be shown', async () => {
  const file = join(directory, 'key.pem')
  const made = await generateKeyFile(file)
  expect(made).toEqual({file, id: readPublicKey(made.publicKey).id, publicKey: made.publicKey})
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await showKeyFile(file)).toEqual(made)
  expect((await readKeyFile(file)).id).toBe(made.id)
})

it('no file is overwritten', async () => {
  const file = join(directory, 'key.pem')
  await writeFile(file, 'precious')
  await expect(generateKeyFile(file)).rejects.toMatchObject({code: 'PDIST_FILE_EXISTS'})
  expect(await readFile(file, 'utf8')).toBe('precious')
})

it('a file that others may read is told of', async () => {
  const file = join(directory, 'key.pem')
  await generateKeyFile(file)
  let exposed = 0
  await readKeyFile(file, () => exposed++)
  await chmod(file, 0o640)
  await readKeyFile(file, () => exposed++)
  expect(exposed).toBe(0)
  await chmod(file, 0o644)
  await readKeyFile(file, () => exposed++)
  expect(exposed).toBe(1)
})

it('what cannot be read or written is told with its file, and without its contents', async () => {
  const missing = join(directory, 'nowhere', 'key.pem')
  await expect(generateKeyFile(missing)).rejects.toMatchObject({code: 'PDIST_KEY_FILE'})
  await expect(showKeyFile(missing)).rejects.toMatchObject({code: 'PDIST_KEY_FILE'})
  const file = join(directory, 'other')
  await writeFile(file, 'secret words')
  const failure = showKeyFile(file)
  await expect(failure).rejects.toMatchObject({
    code: 'PDIST_INVALID_KEY',
    message: expect.stringContaining(file),
  })
  await expect(failure).rejects.not.toMatchObject({message: expect.stringContaining('secret words')})
})
