import {X509Certificate} from 'node:crypto'
import {mkdir, readdir, readFile, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {makeAuthority, makeServerCertificate, type Pem} from '../certificates/make.js'
import {PdistError} from '../errors.js'
import {writeWholeFile} from '../whole-file.js'
import {BrokerNames} from './names.js'
import {type BrokerRole, permissionsOf} from './permissions.js'
import {type BrokerUser, serverConfig} from './server-config.js'
import {makeUserKey, readUserKey, type UserKey} from './user-keys.js'

/** One nats-server: a name in the cluster, and the host by which the others and all clients reach it. */
export interface BrokerServer {
  name: string
  host: string
  port: number
  /** Of a server that is not alone: where the others reach it. */
  clusterPort: number
}

export interface BrokerRolesOptions {
  /** Where everything is kept that is made: to be guarded as the keys in it are. */
  directory: string
  prefix: string
  /** `broker.domain` */
  domain?: string | undefined
  /** The mirrors that secondaries may read. */
  mirrors?: readonly string[]
  servers: readonly BrokerServer[]
  /** Besides those that have a key there already. */
  secondaries: readonly string[]
  /** Whose keys are removed, so that nobody can connect with them any more. */
  removed: readonly string[]
  /** The address that they listen on, as in a URL; `[::]` for all, of IPv4 too. */
  listenOn: string
  /** Where the servers will find their files; undefined for where they are made. */
  installedIn?: string
  /** Where the servers keep what they store, each in its own directory. */
  storeDirectory: (server: BrokerServer) => string
}

export interface BrokerRolesReport {
  directory: string
  authorityFile: string
  servers: Array<{name: string; url: string; directory: string; configFile: string}>
  roles: Array<{role: BrokerRole['kind']; secondary?: string; keyFile: string; made: boolean}>
}

/** What is to be made cannot be made so. */
export class BrokerRolesError extends PdistError {
  readonly code = 'PDIST_BROKER_ROLES'
}

interface RoleKey {
  role: BrokerRole
  keyFile: string
  key: UserKey
  made: boolean
}

const SECONDARY_FILE = /^secondary-([a-z0-9][a-z0-9-]{0,62})\.nkey$/

/**
 * Makes a certificate authority, each server's certificate and configuration, and each role's key; what is there already is
 * kept, so that a secondary can be added later. Rejects with UserKeyError and BrokerRolesError.
 */
export async function makeBrokerRoles(options: BrokerRolesOptions): Promise<BrokerRolesReport> {
  const {directory, servers, prefix, mirrors = []} = options
  const twice = servers.find(({name}, index) => servers.findIndex((other) => other.name === name) !== index)
  if (twice) throw new BrokerRolesError(`${twice.name} is named twice`, {hints: ['Name each server once']})
  await mkdir(directory, {recursive: true, mode: 0o700})
  for (const name of options.removed) await rm(join(directory, `secondary-${name}.nkey`), {force: true})
  const authority = await kept(directory, 'ca', () => makeAuthority('pdist broker'))
  const names = new BrokerNames(prefix, options)
  const keys: RoleKey[] = []
  for (const role of await rolesIn(options)) keys.push(await keyOf(directory, role))
  const users = keys.map(({role, key}) => userOf(names, {role, key, mirrors}))
  const made = []
  for (const server of servers) made.push(await makeServer(options, server, {authority, users}))
  return {
    directory,
    authorityFile: join(directory, 'ca.pem'),
    servers: made,
    roles: keys.map(({role, keyFile, made}) => ({
      role: role.kind,
      ...(role.kind === 'secondary' ? {secondary: role.name} : {}),
      keyFile,
      made,
    })),
  }
}

async function rolesIn({directory, secondaries, removed}: BrokerRolesOptions): Promise<BrokerRole[]> {
  const there = (await readdir(directory)).flatMap((file) => SECONDARY_FILE.exec(file)?.[1] ?? [])
  const names = [...new Set([...there, ...secondaries])].filter((name) => !removed.includes(name)).sort()
  return [
    {kind: 'primary'},
    {kind: 'operator'},
    ...names.map((name): BrokerRole => ({kind: 'secondary', name})),
  ]
}

async function keyOf(directory: string, role: BrokerRole): Promise<RoleKey> {
  const keyFile = join(
    directory,
    role.kind === 'secondary' ? `secondary-${role.name}.nkey` : `${role.kind}.nkey`,
  )
  const text = await readIfThere(keyFile)
  if (text !== undefined) return {role, keyFile, key: readUserKey(text, keyFile), made: false}
  const key = makeUserKey()
  await writeWholeFile(keyFile, `${key.seed}\n`, {mode: 0o600})
  return {role, keyFile, key, made: true}
}

function userOf(
  names: BrokerNames,
  {role, key: {publicKey}, mirrors}: Pick<RoleKey, 'role' | 'key'> & {mirrors: readonly string[]},
): BrokerUser {
  const title = role.kind === 'secondary' ? `secondary ${role.name}` : role.kind
  return {title, publicKey, permissions: permissionsOf(names, role, mirrors)}
}

async function makeServer(
  {directory, servers, listenOn, installedIn, storeDirectory}: BrokerRolesOptions,
  server: BrokerServer,
  {authority, users}: {authority: Pem; users: readonly BrokerUser[]},
): Promise<BrokerRolesReport['servers'][number]> {
  const {name, host, port, clusterPort} = server
  const own = join(directory, name)
  await mkdir(own, {recursive: true, mode: 0o700})
  await kept(
    own,
    'server',
    () => makeServerCertificate(name, [host, 'localhost', '127.0.0.1', '::1'], authority),
    {host, authority},
  )
  await writeWholeFile(join(own, 'ca.pem'), authority.certificate, {mode: 0o644})
  const installed = installedIn ?? own
  const others = servers.filter((other) => other.name !== name)
  const config = serverConfig({
    serverName: name,
    listen: `${listenOn}:${port}`,
    storeDirectory: storeDirectory(server),
    tls: {
      certificateFile: join(installed, 'server.pem'),
      keyFile: join(installed, 'server-key.pem'),
      authorityFile: join(installed, 'ca.pem'),
    },
    ...(others.length === 0
      ? {}
      : {
          cluster: {
            name: 'pdist',
            listen: `${listenOn}:${clusterPort}`,
            routes: others.map((other) => `tls://${hostOf(other.host)}:${other.clusterPort}`),
          },
        }),
    users,
  })
  const configFile = join(own, 'nats-server.conf')
  await writeWholeFile(configFile, config, {mode: 0o644})
  return {name, url: `tls://${hostOf(host)}:${port}`, directory: own, configFile}
}

interface Wanted {
  host: string
  authority: Pem
}

/** The certificate and key of this name there; made where there is none, or none that is wanted. */
async function kept(
  directory: string,
  name: string,
  make: () => Promise<Pem>,
  wanted?: Wanted,
): Promise<Pem> {
  const files = {certificate: join(directory, `${name}.pem`), key: join(directory, `${name}-key.pem`)}
  const [certificate, key] = await Promise.all([readIfThere(files.certificate), readIfThere(files.key)])
  if (certificate !== undefined && key !== undefined && isWanted(certificate, files.certificate, wanted)) {
    return {certificate, key}
  }
  const made = await make()
  await writeWholeFile(files.key, made.key, {mode: 0o600})
  await writeWholeFile(files.certificate, made.certificate, {mode: 0o644})
  return made
}

/** Whether it is for that host, and of that authority, which may be a new one. */
function isWanted(certificate: string, file: string, wanted?: Wanted): boolean {
  try {
    const parsed = new X509Certificate(certificate)
    if (!wanted) return true
    const {host, authority} = wanted
    if ((parsed.checkHost(host) ?? parsed.checkIP(host)) === undefined) return false
    return parsed.verify(new X509Certificate(authority.certificate).publicKey)
  } catch (cause) {
    throw new BrokerRolesError(`${file} holds no certificate that can be read`, {
      cause,
      hints: ['Remove it and its key to have new ones made; clients then need the new authority'],
    })
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** IPv6 addresses in brackets, as URLs have them. */
function hostOf(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
