import type {Permissions} from './permissions.js'

export interface BrokerUser {
  /** What the user is for, as a comment. */
  title: string
  /** Public nkey: the server holds nothing that must be kept secret. */
  publicKey: string
  permissions: Permissions
}

export interface ServerConfigOptions {
  serverName: string
  /** `[::]:4222` */
  listen: string
  storeDirectory: string
  tls: {certificateFile: string; keyFile: string; authorityFile: string}
  /** Absent for a server that stands alone. */
  cluster?: {name: string; listen: string; routes: readonly string[]}
  users: readonly BrokerUser[]
}

/** Answers to one question; a zone's copy takes many. */
const MAX_RESPONSES = 100_000
const RESPONSES_FOR = '10m'

/** The configuration of a nats-server: TLS for everybody, JetStream, and each role's permissions. */
export function serverConfig(options: ServerConfigOptions): string {
  const {serverName, listen, storeDirectory, tls, cluster, users} = options
  const account = [
    'PDIST: {',
    '  jetstream: enabled',
    `  users: [\n${users.map(userText).join('\n')}\n  ]`,
    '}',
  ]
  const blocks = [
    '# Made by `pdist broker setup --roles`, which makes it again: put what is yours into files of your own (`include`).',
    [`server_name: ${quoted(serverName)}`, `listen: ${quoted(listen)}`].join('\n'),
    `jetstream: {\n  store_dir: ${quoted(storeDirectory)}\n}`,
    block('tls', tlsLines(tls)),
    ...(cluster ? [block('cluster', clusterLines(cluster, tls))] : []),
    block('accounts', account),
  ]
  return `${blocks.join('\n\n')}\n`
}

function tlsLines({certificateFile, keyFile, authorityFile}: ServerConfigOptions['tls']): string[] {
  return [
    `cert_file: ${quoted(certificateFile)}`,
    `key_file: ${quoted(keyFile)}`,
    `ca_file: ${quoted(authorityFile)}`,
    'timeout: 5',
  ]
}

function clusterLines(
  {name, listen, routes}: NonNullable<ServerConfigOptions['cluster']>,
  tls: ServerConfigOptions['tls'],
): string[] {
  return [
    `name: ${quoted(name)}`,
    `listen: ${quoted(listen)}`,
    `routes: [${routes.map(quoted).join(', ')}]`,
    // Only servers with a certificate of this authority may join.
    ...block('tls', [...tlsLines(tls), 'verify: true']).split('\n'),
  ]
}

function userText({title, publicKey, permissions}: BrokerUser): string {
  const {publish, subscribe, responds} = permissions
  const lines = [
    `# ${title}`,
    '{',
    `  nkey: ${publicKey}`,
    '  permissions: {',
    `    publish: {allow: ${list(publish)}}`,
    `    subscribe: {allow: ${list(subscribe)}}`,
    ...(responds ? [`    allow_responses: {max: ${MAX_RESPONSES}, expires: "${RESPONSES_FOR}"}`] : []),
    '  }',
    '}',
  ]
  return lines.map((line) => `    ${line}`).join('\n')
}

function list(subjects: readonly string[]): string {
  return `[\n${subjects.map((subject) => `          ${quoted(subject)}`).join('\n')}\n        ]`
}

function block(name: string, lines: readonly string[]): string {
  return `${name}: {\n${lines.map((line) => line.replace(/^(?=.)/gm, '  ')).join('\n')}\n}`
}

/** As in JSON, whose escapes nats-server's configuration knows. */
function quoted(text: string): string {
  return JSON.stringify(text)
}
