import {execFile} from 'node:child_process'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import type {DnsServer} from './dns-server.js'

const run = promisify(execFile)

export const VERIFIED = 'Zone is verified and complete'

/** What ldns-verify-zone says of a zone as a server transfers it. */
export async function verified({address: {host, port}}: DnsServer, zone: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pdist-verify-'))
  try {
    const file = join(folder, 'zone')
    const {stdout} = await run('drill', ['AXFR', zone, `@${host}`, '-p', String(port)], {maxBuffer: 10 ** 8})
    await writeFile(file, stdout)
    const answer = await run('ldns-verify-zone', [file])
    return answer.stdout.trim()
  } finally {
    await rm(folder, {recursive: true})
  }
}
