import {execFile} from 'node:child_process'
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {rrset} from '../../support/api-client.js'
import {everyRRset} from '../../support/every-type.js'
import {pdist} from '../../support/pdist.js'
import {TestSystem} from '../../support/system.js'

const run = promisify(execFile)
const EVERY = 'every.example.'
const FILES = 'files.example.'

let system: TestSystem
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pdist-zone-files-'))
  system = await TestSystem.start()
  // It would put right what is changed there before anybody saw it.
  await system.reconfigure('syncer-ns1', '[syncer]\nlist_every = "1h"\nsurvey_every = "1d"')
  await system.proxy.createZone(EVERY, everyRRset(EVERY), {nameservers: ['ns1.example.net.']})
  await system.follows(EVERY)
})
afterAll(async () => {
  await system?.stop()
  await rm(folder, {recursive: true})
})

/** Runs a command without `--json`. */
function command(...parameters: string[]) {
  return pdist([...parameters, '--config', system.lab.endpoints.config])
}

async function file(name: string, ...lines: string[]): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, `${lines.join('\n')}\n`)
  return path
}

/** The records of a zone file as ldns reads it, sorted, names in lower case. */
async function readByLdns(path: string): Promise<string[]> {
  const {stdout} = await run('ldns-read-zone', [path], {maxBuffer: 10 ** 8})
  return stdout.toLowerCase().trim().split('\n').sort()
}

test('what any server has of every type is the same file, and other programs read it', async () => {
  const paths = ['store', 'primary', 'ns1', 'ns2'].map(
    (from) => [from, join(folder, `${from}.zone`)] as const,
  )
  const generic = join(folder, 'generic.zone')
  const ended = await Promise.all([
    ...paths.map(([from, path]) => command('zone', 'export', EVERY, '--from', from, '-o', path)),
    command('zone', 'export', EVERY, '--generic', '-o', generic),
  ])
  expect(ended.filter(({code, stderr}) => code !== 0 || stderr !== '')).toEqual([])
  const texts = await Promise.all(paths.map(([, path]) => readFile(path, 'utf8')))
  expect(texts[0]).toMatch(/^every\.example\.\t3600\tIN\tSOA\t/)
  expect(new Set(texts).size).toBe(1)
  const count = texts[0]?.trim().split('\n').length ?? 0
  const store = join(folder, 'store.zone')
  const {stdout} = await run('zone2json', [`--zone=${store}`, `--zone-name=${EVERY}`], {maxBuffer: 10 ** 8})
  expect((JSON.parse(stdout) as {records: unknown[]}).records).toHaveLength(count)
  // Of RKEY, ldns knows the name but not the form.
  const lines = (await readFile(generic, 'utf8')).split('\n').filter((line) => !line.includes('\tRKEY\t'))
  expect(await readByLdns(await file('ldns.zone', ...lines))).toHaveLength(count - 1)
})

test('an import creates a zone that lands everywhere, every type of it', async () => {
  const soa = `${FILES} 60 SOA ns1 hostmaster 1 1h 15m 1w 5m`
  const exported = await readFile(join(folder, 'store.zone'), 'utf8')
  const renamed = exported.replaceAll('every.example.', FILES).replace(/^.*SOA.*$/m, soa)
  const path = await file('new.zone', renamed)
  const {code, json} = await system.command('zone', 'import', FILES, '--file', path, '--yes')
  expect({code, json}).toMatchObject({
    code: 0,
    json: {action: 'create', applied: true, push: {confirmed: true}},
  })
  await system.copies(FILES)
  const again = await system.command('zone', 'import', FILES, '--file', path, '--yes')
  expect(again).toMatchObject({code: 0, json: {action: 'nothing', applied: false, rrsets: []}})
  expect(again.json).not.toHaveProperty('push')
})

test('an import changes what a file written by hand says', async () => {
  await file('hosts.inc', 'a A 192.0.2.10', '$ORIGIN elsewhere.example.', ' AAAA 2001:db8::10')
  const path = await file(
    'hand.zone',
    `$ORIGIN ${FILES}`,
    '$TTL 1h ; for all',
    '@ SOA ns1 host\\.master (',
    "   999 1h ; the serial is the primary's business",
    '   15m 1w 5m )',
    '  NS ns1.example.net.',
    'texts TXT "semi;colon" ( "paren(theses)"',
    '  plain\\ text \\200 )',
    '$INCLUDE hosts.inc hosts',
    '@ MX 10 mail',
    '$GENERATE 1-3 host-$ A 192.0.2.$',
  )
  const {code, stdout, stderr} = await command('zone', 'import', FILES, '-f', path, '--yes', '--accept-loss')
  expect({code, stderr}).toEqual({code: 0, stderr: expect.stringContaining(`${FILES} confirmed\n`)})
  expect(stdout).toContain(`+${FILES}\t3600\tIN\tMX\t10 mail.${FILES}`)
  const transfer = await system.copies(FILES)
  expect(transfer.records).toBe(9)
  const exported = await command('zone', 'export', FILES, '--from', 'ns2')
  expect(exported.stdout.split('\n').slice(1)).toEqual([
    `${FILES}\t3600\tIN\tNS\tns1.example.net.`,
    `${FILES}\t3600\tIN\tMX\t10 mail.${FILES}`,
    ...[1, 2, 3].map((n) => `host-${n}.${FILES}\t3600\tIN\tA\t192.0.2.${n}`),
    `a.hosts.${FILES}\t3600\tIN\tA\t192.0.2.10`,
    `a.hosts.${FILES}\t3600\tIN\tAAAA\t2001:db8::10`,
    `texts.${FILES}\t3600\tIN\tTXT\t"semi;colon" "paren(theses)" "plain text" "\\200"`,
    '',
  ])
})

test('what is broken, not agreed to or refused is told, and changes nothing', async () => {
  const contents = async () =>
    (await Promise.all([FILES, EVERY].map((zone) => system.primary.dns.transfer(zone)))).map(
      ({content}) => content,
    )
  const before = await contents()
  const head = ['$TTL 1', '@ SOA a b 1 2 3 4 5', '@ NS a']
  const broken = await file('broken.zone', ...head, 'www A 192.0.2.999')
  const fine = await file('fine.zone', ...head, 'www A 192.0.2.1')
  const refused = await file('refused.zone', ...head, 'esc\\.aped A 192.0.2.1')
  const ended = await Promise.all([
    command('zone', 'import', FILES, '-f', broken, '--yes'),
    command('zone', 'push', FILES, '-f', fine),
    command('zone', 'import', FILES, '-f', refused, '--yes'),
    command('zone', 'import', EVERY, '-f', fine, '--yes'),
  ])
  expect(ended).toMatchObject([
    {
      code: 1,
      stderr: expect.stringContaining(`${broken}:4: www.${FILES} A: "192.0.2.999" is no IPv4 address`),
    },
    {code: 2, stderr: expect.stringContaining('--yes')},
    {code: 1, stderr: expect.stringContaining(`${FILES}: nothing was changed: PowerDNS answered 422`)},
    {code: 2, stderr: expect.stringContaining('--accept-loss')},
  ])
  expect(await contents()).toEqual(before)
})

test('a diff shows what was changed at a secondary alone', async () => {
  expect(await system.command('zone', 'diff', FILES)).toMatchObject({
    code: 0,
    json: [{same: true}, {same: true}],
  })
  await system.secondary('ns1').api.replace(FILES, rrset(`host-1.${FILES}`, 'A', '192.0.2.99'))
  const [shown, told] = await Promise.all([
    command('zone', 'diff', FILES, '--between', 'store,ns1'),
    system.command('zone', 'diff', FILES),
  ])
  expect(shown.code).toBe(1)
  expect(shown.stdout).toContain(
    `-host-1.${FILES}\t3600\tIN\tA\t192.0.2.1\n+host-1.${FILES}\t300\tIN\tA\t192.0.2.99\n`,
  )
  const between = ['primary', 'ns1']
  expect(told).toMatchObject({code: 1, json: [{zone: FILES, between, same: false}, {same: true}]})
})
