import {mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, it} from 'vitest'
import {ownerId} from '../../../src/daemons/owner-id.js'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pdist-id-'))
})
afterEach(() => rm(directory, {recursive: true}))

it('is made once, for its user alone to read', async () => {
  const file = join(directory, 'state', 'syncer-ns1.id')
  const made = await ownerId(file)
  expect(made).toEqual({id: expect.stringMatching(/^[0-9a-f]{32}$/)})
  expect(await ownerId(file)).toEqual(made)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(join(directory, 'state'))).toEqual(['syncer-ns1.id'])
  expect(await ownerId(join(directory, 'state', 'syncer-ns2.id'))).not.toEqual(made)
})

it.each(['', 'x'.repeat(32), '../../etc/passwd', '\0\xff'])('replaces %j, which is none', async (text) => {
  const file = join(directory, 'syncer-ns1.id')
  await writeFile(file, text)
  const {id} = await ownerId(file)
  expect((await readFile(file, 'utf8')).trim()).toBe(id)
})

it('is another one each time, and says why, where it cannot be kept', async () => {
  const file = join(directory, 'file')
  await writeFile(file, '')
  const [one, two] = [await ownerId(join(file, 'id')), await ownerId(join(file, 'id'))]
  expect(one).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f]{32}$/),
    notKept: {code: expect.stringMatching(/^E/)},
  })
  expect(two.id).not.toBe(one.id)
})
