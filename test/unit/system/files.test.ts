import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {PassThrough, Readable} from 'node:stream'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import {zoneFileLines} from '../../../src/lib/dns/zone-file/lines.js'
import {writeAtomically} from '../../../src/lib/system/atomic-file.js'
import {loadZoneFile} from '../../../src/lib/system/zone-file.js'

const {signal} = new AbortController()
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pdist-files-'))
})
afterAll(() => rm(folder, {recursive: true}))

describe('a file that is written', () => {
  it('is there as a whole, and nothing beside it', async () => {
    const path = join(folder, 'new', 'zone')
    await mkdir(join(folder, 'new'))
    await writeAtomically(path, ['one\n', 'two\n'], {replace: false, signal})
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\n')
    expect(await readdir(join(folder, 'new'))).toEqual(['zone'])
  })

  it('replaces another one only where it is meant to', async () => {
    const path = join(folder, 'there')
    await writeFile(path, 'precious')
    const refused = writeAtomically(path, ['new'], {replace: false, signal})
    await expect(refused).rejects.toMatchObject({code: 'PDIST_FILE_EXISTS'})
    expect(await readFile(path, 'utf8')).toBe('precious')
    await writeAtomically(path, ['new'], {replace: true, signal})
    expect(await readFile(path, 'utf8')).toBe('new')
  })

  it('is as it was where writing fails, and nothing is left', async () => {
    const path = join(folder, 'failing', 'zone')
    await mkdir(join(folder, 'failing'))
    await writeFile(path, 'before')
    const pieces = function* () {
      yield 'a piece'
      throw new Error('no more')
    }
    await expect(writeAtomically(path, pieces(), {replace: true, signal})).rejects.toThrow('no more')
    expect(await readFile(path, 'utf8')).toBe('before')
    expect(await readdir(join(folder, 'failing'))).toEqual(['zone'])
    const nowhere = writeAtomically(join(folder, 'none', 'zone'), [''], {replace: true, signal})
    await expect(nowhere).rejects.toMatchObject({code: 'PDIST_FILE_NOT_WRITTEN'})
  })
})

describe('a zone file that is read', () => {
  const zone = zoneName('example.com')
  const head = '$TTL 60\n@ SOA ns1 host 1 2 3 4 5\n'
  const load = (path: string, {stdin = Readable.from([]), ending = signal} = {}) =>
    loadZoneFile({zone, path, stdin, maxRecords: 100, maxBytes: 10_000, signal: ending})

  it('includes others from where it is itself', async () => {
    await mkdir(join(folder, 'sub', 'deeper'), {recursive: true})
    await writeFile(join(folder, 'sub', 'main'), `${head}$INCLUDE deeper/inc`)
    await writeFile(join(folder, 'sub', 'deeper', 'inc'), 'a A 192.0.2.1\n$INCLUDE next')
    await writeFile(join(folder, 'sub', 'deeper', 'next'), 'b A 192.0.2.2')
    const {rrsets} = await load(join(folder, 'sub', 'main'))
    expect(rrsets.map(({name}) => name)).toEqual([zone, 'a.example.com.', 'b.example.com.'])
  })

  it('may come from stdin, as bytes', async () => {
    const stdin = Readable.from([Buffer.from(`${head}t TXT "ä`), Buffer.from('ö"\n')])
    const {rrsets} = await load('-', {stdin})
    expect(rrsets.flatMap((rrset) => zoneFileLines(rrset)).at(-1)).toBe(
      't.example.com.\t60\tIN\tTXT\t"\\195\\164\\195\\182"',
    )
  })

  it('is told about where it is not there, or what it includes is not', async () => {
    await expect(load(join(folder, 'none'))).rejects.toMatchObject({code: 'PDIST_ZONE_FILE_UNREADABLE'})
    await expect(load(folder)).rejects.toMatchObject({code: 'PDIST_ZONE_FILE_UNREADABLE'})
    const path = join(folder, 'includes')
    await writeFile(path, `${head}$INCLUDE none`)
    await expect(load(path)).rejects.toThrow(`${path}:3: ${join(folder, 'none')} cannot be included`)
    await writeFile(path, `${head}$INCLUDE /dev/zero`)
    await expect(load(path)).rejects.toThrow('/dev/zero cannot be included: it is no file')
  })

  it('ends where it has too many records, or too many bytes', async () => {
    const path = join(folder, 'many')
    await writeFile(path, `${head}${'a A 192.0.2.1\n'.repeat(100)}`)
    await expect(load(path)).rejects.toThrow(`${path}:102: there are more than 100 records`)
    await expect(load('/dev/zero')).rejects.toMatchObject({code: 'PDIST_ZONE_FILE_UNREADABLE'})
  })

  it('is not waited for once nobody wants it', async () => {
    const stopping = new AbortController()
    const asked = load('-', {stdin: new PassThrough(), ending: stopping.signal})
    stopping.abort(new Error('stopped'))
    await expect(asked).rejects.toThrow('stopped')
  })
})
