import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {get} from 'node:https'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {text} from 'node:stream/consumers'
import {hostPort, PortPicker} from '../../src/lib/lab/ports.js'
import {type ServerCertificate, selfSignedCertificate} from '../../src/lib/proxy/certificate.js'
import type {ServerAddress} from '../../src/lib/xfr/errors.js'
import {eventually} from './eventually.js'

const HOST = '127.0.0.1'

export interface Challenge {
  /** The API as the client is to use it. */
  apiUrl: string
  apiKey: string
  /** The certificate that the API shows. */
  apiCaFile: string
  domains: readonly string[]
}

/** A certificate authority that asks one name server for DNS-01 challenges, once each, and at once. */
export class TestAuthority implements AsyncDisposable {
  readonly #directory: string
  readonly #port: number
  readonly #certificate: ServerCertificate
  readonly #resolver: string
  readonly #pebble: ChildProcess
  readonly #closed: Promise<unknown>

  private constructor(directory: string, port: number, certificate: ServerCertificate, resolver: string) {
    this.#directory = directory
    this.#port = port
    this.#certificate = certificate
    this.#resolver = resolver
    const args = ['-config', join(directory, 'pebble.json'), '-dnsserver', resolver]
    const env = {...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0'}
    this.#pebble = spawn('pebble', args, {env, stdio: 'ignore'})
    this.#closed = once(this.#pebble, 'close')
  }

  /** Resolves when it takes orders. */
  static async start(nameServer: ServerAddress): Promise<TestAuthority> {
    const directory = await mkdtemp(join(tmpdir(), 'pdist-acme-'))
    const ports = new PortPicker(HOST)
    const [port, management] = [await ports.next(), await ports.next()]
    const certificate = await selfSignedCertificate(directory)
    const pebble = {
      listenAddress: hostPort(HOST, port),
      managementListenAddress: hostPort(HOST, management),
      certificate: certificate.certificateFile,
      privateKey: certificate.keyFile,
      httpPort: 5002,
      tlsPort: 5001,
      ocspResponderURL: '',
      externalAccountBindingRequired: false,
    }
    await writeFile(join(directory, 'pebble.json'), JSON.stringify({pebble}))
    const resolver = hostPort(nameServer.host, nameServer.port)
    const authority = new TestAuthority(directory, port, certificate, resolver)
    await eventually(() => authority.#directoryListing())
    return authority
  }

  /**
   * Has lego get a certificate, with nothing between the API's answer and the challenge but lego's own second of patience, and no
   * second try. Resolves to its exit code, what it said, and the certificate (PEM).
   */
  async issue({apiUrl, apiKey, apiCaFile, domains}: Challenge) {
    const env = {
      ...process.env,
      LEGO_CA_CERTIFICATES: this.#certificate.certificateFile,
      SSL_CERT_FILE: apiCaFile,
      PDNS_API_URL: apiUrl,
      PDNS_API_KEY: apiKey,
      PDNS_POLLING_INTERVAL: '1',
    }
    const path = join(this.#directory, 'lego')
    const ca = `https://${hostPort(HOST, this.#port)}/dir`
    const args = [
      ...['--path', path, '--server', ca, '--accept-tos', '--email', 'hostmaster@example.com'],
      ...['--dns', 'pdns', '--dns.disable-cp', '--dns.resolvers', this.#resolver],
      ...domains.flatMap((domain) => ['--domains', domain]),
      'run',
    ]
    const lego = spawn('lego', args, {env, stdio: ['ignore', 'ignore', 'pipe']})
    const [[code], output] = await Promise.all([once(lego, 'close'), text(lego.stderr)])
    const file = join(path, 'certificates', `${domains[0]?.replace('*', '_')}.crt`)
    return {code, output, certificate: code === 0 ? await readFile(file, 'utf8') : undefined}
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pebble.kill('SIGKILL')
    await this.#closed
    await rm(this.#directory, {recursive: true, force: true})
  }

  async #directoryListing(): Promise<void> {
    const {certificate: ca} = this.#certificate
    const asked = get({host: HOST, port: this.#port, path: '/dir', ca, agent: false})
    const [response] = await once(asked, 'response')
    response.resume()
  }
}
