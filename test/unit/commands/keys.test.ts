import {mkdtemp, readFile, rm, stat} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, it} from 'vitest'
import {pdist} from '../../support/pdist.js'

let directory: string
let file: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pdist-keys-'))
  file = join(directory, 'key.pem')
})
afterEach(() => rm(directory, {recursive: true}))

it('pdist keys makes a key, prints its public half only, and never replaces it', async () => {
  const made = await pdist(['keys', 'generate', '--output', file])
  expect(made).toMatchObject({code: 0, stderr: ''})
  expect(made.stdout).toMatch(/^pdist-ed25519 [0-9a-f]{16} [A-Za-z0-9+/]{43}=\n$/)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const pem = await readFile(file, 'utf8')
  const again = await pdist(['keys', 'generate', '--output', file, '--json'])
  expect({code: again.code, stdout: again.stdout}).toEqual({code: 1, stdout: ''})
  expect(JSON.parse(again.stderr)).toMatchObject({code: 'PDIST_FILE_EXISTS'})
  expect(await readFile(file, 'utf8')).toBe(pem)
  const shown = await pdist(['keys', 'show', file, '--json'])
  const publicKey = made.stdout.trim()
  expect(JSON.parse(shown.stdout)).toEqual({file, id: publicKey.split(' ')[1], publicKey})
  const [, secret = ''] = pem.split('\n')
  expect(secret.length).toBeGreaterThan(40)
  for (const {stdout, stderr} of [made, again, shown]) expect(stdout + stderr).not.toContain(secret)
})

it('pdist keys has to be told where', async () => {
  expect((await pdist(['keys', 'generate'])).code).toBe(2)
  const none = await pdist(['keys', 'show', file])
  expect(none.code).toBe(1)
  expect(none.stderr).toContain('PDIST_KEY_FILE')
})
