import {execFile} from 'node:child_process'
import {rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {NAMESERVER, type RRset} from './api.js'
import type {System} from './system.js'

/** Replaces what a zone of the primary has, in its database: a million records take the API the better part of an hour. */
export async function loadZone({endpoints}: System, zone: string, rrsets: readonly RRset[]): Promise<void> {
  const file = join(endpoints.dir, 'load.zone')
  const soa = `${zone} 3600 IN SOA ${NAMESERVER} hostmaster.${zone} 1 10800 3600 604800 3600\n`
  try {
    await writeFile(file, soa + rrsets.map(linesOf).join(''))
    const config = `--config-dir=${join(endpoints.dir, 'primary')}`
    await promisify(execFile)('pdnsutil', [config, 'load-zone', zone, file], {maxBuffer: 2 ** 26})
  } finally {
    await rm(file, {force: true})
  }
}

function linesOf({name, type, ttl, records}: RRset): string {
  return records.map(({content}) => `${name} ${ttl} IN ${type} ${content}\n`).join('')
}
