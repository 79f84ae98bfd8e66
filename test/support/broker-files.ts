import type {X509Certificate} from 'node:crypto'
import {copyFile, readFile, rm, writeFile} from 'node:fs/promises'
import {connect} from 'node:net'
import {join} from 'node:path'
import {connect as connectTls} from 'node:tls'
import {pdist} from './pdist.js'
import type {TestSystem} from './system.js'

/** What `pdist broker setup --roles` made for a lab, and what an operator does with it to replace something. */
export class BrokerFiles {
  readonly #system: TestSystem

  constructor(system: TestSystem) {
    this.#system = system
  }

  path(name: string): string {
    return join(this.#system.lab.endpoints.dir, 'broker', name)
  }

  /** Takes files away and has what is missing made; nothing is brought to the server yet. */
  async remake(...names: string[]): Promise<void> {
    for (const name of names) await rm(this.path(name))
    const {dir, nats} = this.#system.lab.endpoints
    const server = new URL(nats.url).host
    const {code, stderr} = await pdist([
      ...['broker', 'setup', '--roles', this.path(''), '--server', server],
      // A secondary without its key would be one that was shut out.
      ...this.#system.secondaries.flatMap(({name}) => ['--secondary', name]),
      ...['--installed-in', this.path('nats'), '--store-dir', join(dir, 'nats')],
    ])
    if (code !== 0) throw new Error(`pdist broker setup: ${stderr}`)
  }

  /** Copies what was made for the server, and has it read. What a reload cannot change stays as the lab has it. */
  async install(): Promise<void> {
    const made = (name: string) => this.path(`127.0.0.1/${name}`)
    for (const name of ['server.pem', 'server-key.pem', 'ca.pem']) {
      await copyFile(made(name), this.path(`nats/${name}`))
    }
    const file = this.path('nats/nats-server.conf')
    const before = await readFile(file, 'utf8')
    const kept = (line: RegExp) => line.exec(before)?.[0] ?? ''
    const text = await readFile(made('nats-server.conf'), 'utf8')
    const [name, listen] = [/^server_name: .*$/m, /^listen: .*$/m]
    await writeFile(file, text.replace(name, kept(name)).replace(listen, kept(listen)))
    this.#system.lab.part('nats').signal('SIGHUP')
  }

  /** The certificate that the server shows. */
  async shown(): Promise<X509Certificate> {
    const {hostname: host, port} = new URL(this.#system.lab.endpoints.nats.url)
    const plain = connect({host, port: Number(port)})
    const {promise, resolve, reject} = Promise.withResolvers<X509Certificate>()
    plain.once('error', reject)
    // After its first line the server expects TLS.
    plain.once('data', () => {
      const socket = connectTls({socket: plain, rejectUnauthorized: false}, () => {
        const certificate = socket.getPeerX509Certificate()
        if (certificate) resolve(certificate)
        else reject(new Error('the broker shows no certificate'))
      })
      socket.once('error', reject)
    })
    return promise.finally(() => plain.destroy())
  }
}
