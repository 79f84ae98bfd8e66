import {mkdtemp, readdir, readFile, rename, rm, stat, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import {JournalError, JournalLockedError} from '../../../src/lib/proxy/errors.js'
import {type Intent, Journal} from '../../../src/lib/proxy/journal.js'
import {beginLine, clearLine, readLines} from '../../../src/lib/proxy/journal-line.js'

let directory: string
let warnings: string[]
const warn = (message: string) => warnings.push(message)
const file = () => join(directory, 'intents.journal')

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pdist-journal-'))
  warnings = []
})
afterEach(() => rm(directory, {recursive: true, force: true}))

function intent(id: string, path = '/api/v1/servers/localhost/zones/a.'): Intent {
  return {
    id,
    verb: 'modified',
    zone: zoneName('a\\032"b.example.'),
    method: 'PATCH',
    path,
    at: 1_700_000_000_000,
  }
}

const idsOf = (journal: Journal) => journal.pending().map((handle) => handle.intent.id)

describe('the journal', () => {
  it('has an intent on disk when begin resolves', async () => {
    await using journal = disposable(await Journal.open(directory, {warn}))
    await journal.it.begin(intent('1'))
    expect(readLines(await readFile(file()))).toEqual({pending: [intent('1')], tornBytes: 0})
  })

  it('gives back what was begun and not cleared, oldest first', async () => {
    const before = await Journal.open(directory, {warn})
    const handles = await Promise.all(['1', '2', '3', '4'].map((id) => before.begin(intent(id))))
    handles[1]?.clear()
    handles[1]?.clear()
    expect(before.size).toBe(3)
    await before.close()

    const after = await Journal.open(directory, {warn})
    expect(after.pending().map((handle) => handle.intent)).toEqual([intent('1'), intent('3'), intent('4')])
    for (const handle of after.pending()) handle.clear()
    await after.close()

    await using last = disposable(await Journal.open(directory, {warn}))
    expect(last.it.size).toBe(0)
    expect(warnings).toEqual([])
  })

  it('keeps parallel intents in order and writes them together', async () => {
    await using journal = disposable(await Journal.open(directory, {warn}))
    const ids = Array.from({length: 200}, (_, i) => String(i))
    await Promise.all(ids.map((id) => journal.it.begin(intent(id))))
    expect(idsOf(journal.it)).toEqual(ids)
    expect(readLines(await readFile(file())).pending.map(({id}) => id)).toEqual(ids)
  })

  it('starts over when the file is full, and loses nothing', async () => {
    const journal = await Journal.open(directory, {warn, size: 2048})
    const kept = [await journal.begin(intent('kept'))]
    for (let i = 0; i < 100; i++) {
      const handle = await journal.begin(intent(String(i)))
      if (i % 10 === 0) kept.push(handle)
      else handle.clear()
    }
    const expected = kept.map((handle) => handle.intent.id)
    expect(idsOf(journal)).toEqual(expected)
    await journal.close()
    expect((await stat(file())).size).toBeLessThan(10_000)

    await using again = disposable(await Journal.open(directory, {warn}))
    expect(idsOf(again.it)).toEqual(expected)
  })

  it('takes an intent that is longer than the file', async () => {
    await using journal = disposable(await Journal.open(directory, {warn, size: 512}))
    const long = intent('1', `/${'x'.repeat(16_000)}`)
    await journal.it.begin(long)
    expect(readLines(await readFile(file())).pending).toEqual([long])
  })

  it('is nobody else’s to read, and leaves no other file', async () => {
    await using journal = disposable(await Journal.open(directory, {warn}))
    await journal.it.begin(intent('1'))
    expect((await stat(file())).mode & 0o777).toBe(0o600)
    expect(await readdir(directory)).toEqual(['intents.journal'])
  })

  it('is one process’s at a time, and free again after close', async () => {
    const journal = await Journal.open(directory, {warn})
    await expect(Journal.open(directory, {warn})).rejects.toThrow(JournalLockedError)
    await journal.close()
    await (await Journal.open(directory, {warn})).close()
  })

  it('takes nothing after close', async () => {
    const journal = await Journal.open(directory, {warn})
    await journal.close()
    await expect(journal.begin(intent('1'))).rejects.toThrow(JournalError)
  })
})

describe('after a crash', () => {
  it('has every whole line, wherever the file ends', () => {
    const lines = [beginLine(intent('1')), beginLine(intent('2')), clearLine('1'), beginLine(intent('3'))]
    const bytes = Buffer.from(lines.join(''))
    for (let end = 0; end <= bytes.length; end++) {
      const whole = bytes.subarray(0, end).toString().split('\n').length - 1
      const expected = [[], ['1'], ['1', '2'], ['2'], ['2', '3']][whole]
      for (const room of [0, 100]) {
        const {pending, tornBytes} = readLines(Buffer.concat([bytes.subarray(0, end), Buffer.alloc(room)]))
        expect(pending.map(({id}) => id)).toEqual(expected)
        expect(tornBytes).toBe(end - lines.slice(0, whole).join('').length)
      }
    }
  })

  it('reports a torn end, cuts it off and goes on', async () => {
    const whole = Buffer.from(beginLine(intent('1')))
    const torn = Buffer.from(beginLine(intent('2'))).subarray(0, 40)
    await writeFile(file(), Buffer.concat([whole, torn, Buffer.alloc(1000)]))
    const journal = await Journal.open(directory, {warn})
    expect(idsOf(journal)).toEqual(['1'])
    expect(warnings).toEqual([expect.stringContaining('40 bytes')])
    await journal.begin(intent('3'))
    await journal.close()
    await using again = disposable(await Journal.open(directory, {warn}))
    expect(idsOf(again.it)).toEqual(['1', '3'])
    expect(warnings).toHaveLength(1)
  })

  it('counts every whole line, also behind one that was damaged', () => {
    const bytes = Buffer.from([1, 2, 3].map((id) => beginLine(intent(String(id)))).join(''))
    for (let at = 0; at < beginLine(intent('1')).length; at++) {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ 0x20
      const {pending, tornBytes} = readLines(damaged)
      expect(pending.map(({id}) => id)).toContain('3')
      expect(pending.map(({id}) => id)).not.toContain('1')
      expect(tornBytes).toBeGreaterThan(0)
    }
  })

  it('does not believe a line of another version', () => {
    const other = {...intent('1'), verb: 'renamed'} as unknown as Intent
    const lines = [beginLine(other), clearLine(2 as unknown as string), beginLine(intent('3'))]
    const {pending, tornBytes} = readLines(Buffer.from(lines.join('')))
    expect(pending).toEqual([intent('3')])
    expect(tornBytes).toBeGreaterThan(0)
  })
})

describe('a disk that fails', () => {
  it('refuses intents with a clear error, and takes them again afterwards', async () => {
    const journal = await Journal.open(directory, {warn, size: 256})
    const first = await journal.begin(intent('1'))
    await rename(directory, `${directory}-away`)
    await expect(Promise.all([journal.begin(intent('2')), journal.begin(intent('3'))])).rejects.toThrow(
      JournalError,
    )
    first.clear()
    await rename(`${directory}-away`, directory)
    await journal.begin(intent('4'))
    expect(idsOf(journal)).toEqual(['4'])
    await journal.close()
    await using again = disposable(await Journal.open(directory, {warn}))
    expect(idsOf(again.it)).toEqual(['4'])
  })

  it('names the directory and what to do', async () => {
    await writeFile(file(), '')
    const error = await Journal.open(file(), {warn}).catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(JournalError)
    expect(error).toMatchObject({
      code: 'PDIST_JOURNAL_UNAVAILABLE',
      message: expect.stringContaining('EEXIST'),
    })
    const full = JournalError.of('cannot write', '/state', Object.assign(new Error('full'), {code: 'ENOSPC'}))
    expect(full.hints[0]).toContain('/state')
    const readOnly = JournalError.of(
      'cannot write',
      '/state',
      Object.assign(new Error('no'), {code: 'EROFS'}),
    )
    expect(readOnly.hints[0]).toContain('write to /state')
  })
})

function disposable(it: Journal) {
  return {it, [Symbol.asyncDispose]: () => it.close()}
}
