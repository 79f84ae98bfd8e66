import {randomBytes} from 'node:crypto'
import {once} from 'node:events'
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {connect} from 'node:tls'
import {nkeys} from 'nats'
import type {PlantedSecrets} from './planted.js'

/** What people and programs know, put wherever it may be put, rightly or wrongly. */
export interface Spilt {
  apiKey: string
  password: string
  token: string
  nkeySeed: string
  /** Base64. */
  tsig: string
  /** Said where no secret belongs, or where it is no such secret. */
  misplaced: string
}

/** New secrets, which are searched for from now on. */
export function newSecrets(secrets: PlantedSecrets): Spilt {
  const random = (bytes: number) => randomBytes(bytes).toString('hex')
  const tsig = randomBytes(32)
  const spilt = {
    apiKey: `key-${random(16)}`,
    password: `password-${random(16)}`,
    token: `token-${random(16)}`,
    nkeySeed: new TextDecoder().decode(nkeys.createUser().getSeed()),
    tsig: tsig.toString('base64'),
    misplaced: `misplaced-${random(16)}`,
  }
  for (const [name, secret] of Object.entries(spilt)) secrets.add(name, secret)
  secrets.add('tsig as bytes', tsig)
  return spilt
}

/** Requests of clients that hold a key, in as many ways as there are to send one; each on a connection of its own. */
export function clientRequests({apiKey, misplaced}: Spilt): string[] {
  const path = '/api/v1/servers/localhost/zones'
  const request = (line: string, ...headers: string[]) =>
    `${[`${line} HTTP/1.1`, 'Host: a', 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`
  const basic = Buffer.from(`admin:${apiKey}`).toString('base64')
  return [
    request(`GET ${path}`, `X-API-Key: ${apiKey}`),
    request(`DELETE ${path}/no.example.`, `X-API-Key: ${apiKey}`),
    request(`GET ${path}?api-key=${apiKey}`),
    request(`PATCH ${path}/no.example.?api-key=${apiKey}`, 'Content-Length: 0'),
    request(`GET ${path}`, `Authorization: Basic ${basic}`, `Cookie: key=${apiKey}`),
    request(`GET ${path}`, `X-API-Key: ${apiKey}`, `no header ${misplaced}`),
    request(`GET ${path}`, `X-API-Key: ${apiKey}`, `X-Large: ${misplaced.repeat(500)}`),
    request(`${misplaced} ${path}`, `X-API-Key: ${apiKey}`),
    request(`GET ${path}`, `X-API-Key: ${apiKey}`, 'Pdist-Wait: nonsense'),
    `${request(`POST ${path}`, `X-API-Key: ${apiKey}`, 'Content-Length: 100')}{"secret": "${misplaced}`,
  ]
}

/** Sends it and, where it is left unanswered because it is not whole, leaves. */
export async function sendRaw(url: string, bytes: string, isWhole: boolean): Promise<void> {
  const {hostname: host, port} = new URL(url)
  const socket = connect({host, port: Number(port), rejectUnauthorized: false})
  await once(socket, 'secureConnect')
  socket.on('error', () => {}) // The rest of what it sends may meet a closed connection.
  socket.resume()
  socket.write(bytes, () => isWhole || socket.destroy())
  await once(socket, 'close')
}

/** Writes configuration files in which the secrets are right, wrong, or where they do not belong; returns their paths. */
export async function writeConfigurations(directory: string, brokerUrl: string, spilt: Spilt) {
  const {apiKey, password, token, nkeySeed, tsig, misplaced} = spilt
  const write = async (name: string, lines: readonly string[]) => {
    const file = join(directory, name)
    await writeFile(file, lines.map((line) => `${line}\n`).join(''), {mode: 0o600})
    return file
  }
  const say = (key: string, value: unknown) => `${key} = ${JSON.stringify(value)}`
  const broker = ['[broker]', say('servers', [brokerUrl]), say('request_timeout', '2s')]
  const seedFile = await write('broker.nkey', [nkeySeed])
  const strangeFile = await write('strange', [misplaced, '-----BEGIN PRIVATE KEY-----', misplaced])
  const primary = ['[primary]', say('api_url', 'http://127.0.0.1:1'), say('api_key', apiKey)]
  const tsigKey = [say('tsig_name', 'planted.'), say('tsig_secret', tsig)]
  return {
    password: await write('password.toml', [
      ...[...broker, say('user', 'pdist'), say('password', password), ...primary, ...tsigKey],
    ]),
    token: await write('token.toml', [...broker, say('token', token), ...primary]),
    nkey: await write('nkey.toml', [...broker, say('nkey_file', seedFile)]),
    creds: await write('creds.toml', [...broker, say('creds_file', strangeFile)]),
    signing: await write('signing.toml', [...broker, ...primary, '[signing]', say('key_file', strangeFile)]),
    syntax: await write('syntax.toml', ['[primary]', `api_key = "${misplaced}`]),
    wrong: await write('wrong.toml', [
      ...[
        '[broker]',
        say('servers', [
          `nats://pdist:${misplaced}/x${misplaced}@[::1]:4222`,
          `nats://pdist:1/${misplaced}@[::1]:1`,
        ]),
      ],
      ...[say('password', [misplaced]), say('pasword', misplaced), say('token', `${misplaced}\n`)],
      ...['[primary]', say('api_url', `http://pdist:${misplaced}@[::1]:1`), say('api_key_file', strangeFile)],
      ...[
        say('tsig_name', 'planted.'),
        say('tsig_secret', misplaced),
        `[${'secrets'}]`,
        say('key', misplaced),
      ],
      ...['[signing]', say('trusted_keys', [`-----BEGIN PRIVATE KEY-----\n${misplaced}`])],
    ]),
  }
}
