import {execFileSync} from 'node:child_process'
import {chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import type {Backend, Places} from '../../../src/lib/lab/binaries.js'
import {archiveOf, type Suite, unpack} from '../debian-roots.js'

/** The servers of one Debian release, in a folder, ready to be started from here. */
export interface Servers {
  suite: Suite
  root: string
  places: Places
  /** As `2.9.10` and `4.7.3`: what the servers call themselves. */
  nats: string
  powerdns: string
  /** As Debian counts: `2.9.10-1+b3`. */
  packages: {nats: string; powerdns: string}
  backends: readonly Backend[]
}

/** Of a release that cannot be had here. */
export interface Missing {
  suite: Suite
  missing: string
}

export const SUITES: readonly Suite[] = ['bookworm', 'trixie', 'sid']
const INCLUDED = 'nats-server,pdns-server,pdns-tools,pdns-backend-sqlite3,pdns-backend-lmdb'
const PROGRAMS = ['usr/sbin/nats-server', 'usr/sbin/pdns_server', 'usr/bin/pdnsutil', 'usr/bin/setpriv']

/** Unpacks a release's servers, or tells why they cannot be had. */
export function serversOf(suite: Suite): Servers | Missing {
  try {
    return atHand(suite, unpack(archiveOf(`${suite}-servers`, suite, INCLUDED), `pdist-${suite}-`))
  } catch (error) {
    return {suite, missing: error instanceof Error ? error.message : String(error)}
  }
}

export function remove(servers: Servers | Missing): void {
  if ('root' in servers) rmSync(servers.root, {recursive: true, force: true})
}

function atHand(suite: Suite, root: string): Servers {
  const libraries = libraryFolder(root)
  const wrappers = join(root, 'wrappers')
  mkdirSync(wrappers)
  for (const program of PROGRAMS) wrap(join(root, program), libraries, wrappers)
  const packages = {nats: packageVersion(root, 'nats-server'), powerdns: packageVersion(root, 'pdns-server')}
  const modules = readdirSync(join(libraries, 'pdns'))
  return {
    suite,
    root,
    places: {
      path: [wrappers],
      libraries: [join(root, 'usr/lib')],
      schemas: [join(root, 'usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql')],
    },
    nats: upstream(packages.nats),
    powerdns: upstream(packages.powerdns),
    packages,
    backends: (['gsqlite3', 'lmdb'] as const).filter((name) => modules.includes(`lib${name}backend.so`)),
  }
}

/**
 * A script that starts a program with the libraries, the C library included, of its own release: it has this machine's files,
 * network and processes all the same, and needs no rights.
 */
function wrap(program: string, libraries: string, into: string): void {
  const [linker] = readdirSync(libraries).filter((name) => /^ld-linux.*\.so\.\d$/.test(name))
  if (linker === undefined) throw new Error(`no dynamic linker in ${libraries}`)
  const name = basename(program)
  const script = join(into, name)
  const command = `${libraries}/${linker} --library-path ${libraries} --argv0 ${name} ${program}`
  writeFileSync(script, `#!/bin/sh\nexec ${command} "$@"\n`)
  chmodSync(script, 0o755)
}

function libraryFolder(root: string): string {
  const library = join(root, 'usr/lib')
  const [architecture] = readdirSync(library).filter((name) => /-linux-gnu/.test(name))
  if (architecture === undefined) throw new Error(`no libraries in ${library}`)
  return join(library, architecture)
}

function packageVersion(root: string, name: string): string {
  const database = join(root, 'var/lib/dpkg')
  const status = execFileSync('dpkg-query', [`--admindir=${database}`, '--status', name], {encoding: 'utf8'})
  return /^Version: (.*)$/m.exec(status)?.[1] ?? ''
}

/** Without Debian's revision and epoch. */
function upstream(version: string): string {
  return version.replace(/^\d+:/, '').replace(/-[^-]*$/, '')
}
