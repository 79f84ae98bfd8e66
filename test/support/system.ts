import {appendFile, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect} from 'vitest'
import type {Transfer} from '../../src/lib/dns/transfer.js'
import type {SecondaryEndpoints, ServerEndpoints} from '../../src/lib/lab/endpoints.js'
import {Lab, type LabOptions} from '../../src/lib/lab/lab.js'
import {ApiClient} from './api-client.js'
import {DnsServer} from './dns-server.js'
import {eventually} from './eventually.js'
import {pdist} from './pdist.js'
import {difference, recordsOf} from './records.js'

const DEFAULTS = {secondaries: 2, backend: 'gsqlite3', ipv6: false, cache: true, restart: true} as const
const REFUSED = 5

export interface TestServer {
  name: string
  dns: DnsServer
  /** Its own API, around any proxy. */
  api: ApiClient
}

/** The whole system on real servers, with what tests ask of it. */
export class TestSystem {
  readonly lab: Lab
  /** The primary's API, as clients are to use it. */
  readonly proxy: ApiClient
  readonly primary: TestServer
  readonly secondaries: readonly TestServer[]

  private constructor(lab: Lab, ca: string) {
    const {proxy, primary, secondaries} = lab.endpoints
    this.lab = lab
    this.proxy = new ApiClient({...proxy, ca})
    this.primary = testServer({...primary, name: 'primary'})
    this.secondaries = secondaries.map(testServer)
  }

  /** Unless the options say otherwise: two secondaries with SQLite and PowerDNS's default caches, on IPv4. */
  static async start(options: Partial<LabOptions> = {}): Promise<TestSystem> {
    const lab = await Lab.start({...DEFAULTS, ...options})
    return new TestSystem(lab, await readFile(lab.endpoints.proxy.caFile, 'utf8'))
  }

  async stop(): Promise<void> {
    const servers = [this.primary, ...this.secondaries]
    await Promise.all([this.proxy.close(), ...servers.flatMap(({dns, api}) => [dns.close(), api.close()])])
    await this.lab.stop()
  }

  secondary(name: string): TestServer {
    const found = this.secondaries.find((secondary) => secondary.name === name)
    if (!found) throw new Error(`the lab has no secondary ${name}`)
    return found
  }

  /** Waits until `check` holds at every secondary. */
  async everywhere(check: (dns: DnsServer) => Promise<void>, ms?: number): Promise<void> {
    await Promise.all(this.secondaries.map(({dns}) => eventually(() => check(dns), ms)))
  }

  /**
   * Waits until every secondary serves what the primary has now: serial, signatures' dates, keys, NSEC3 parameters. Returns
   * the primary's transfer: what it answers may come from its caches, what it transfers does not.
   */
  async follows(zone: string, ms?: number): Promise<Transfer> {
    const transfer = await this.primary.dns.transfer(zone)
    const {soa, signatures, keySet} = transfer
    const wanted = {serial: soa.serial, signatures, ...(keySet === undefined ? {} : {keySet})}
    await this.everywhere(
      async (dns) => expect(await dns.soa(zone)).toEqual({state: 'served', ...wanted}),
      ms,
    )
    return transfer
  }

  /** Waits until every secondary transfers the very records that the primary does now, signatures' bytes excepted. */
  async copies(zone: string, ms?: number): Promise<Transfer> {
    const transfer = await this.follows(zone, ms)
    const wanted = recordsOf(transfer)
    await this.everywhere(async (dns) => {
      const found = recordsOf(await dns.transfer(zone))
      // Not toEqual on the whole: of 200,000 records it would never be done with the difference.
      expect(difference(found, wanted).slice(0, 20)).toEqual([])
    }, ms)
    return transfer
  }

  /** Waits until every secondary has no such zone. */
  async gone(zone: string, ms?: number): Promise<void> {
    const notServed = {state: 'not-served', rcode: REFUSED}
    await this.everywhere(async (dns) => expect(await dns.soa(zone, {keys: false})).toEqual(notServed), ms)
  }

  /** Runs an operator's command with `--json`; `json` is what it printed. */
  async command(...parameters: string[]): Promise<{code: number | string; json: unknown}> {
    const command = [...parameters, '--json', '--config', this.lab.endpoints.config]
    const {code, stdout, stderr} = await pdist(command)
    if (stdout === '') throw new Error(`pdist ${parameters.join(' ')} printed nothing: ${stderr}`)
    return {code, json: JSON.parse(stdout)}
  }

  /** The sum of a daemon's samples whose line begins with `series`, e.g. `pdist_resends_total`. */
  async metric(daemon: string, series: string): Promise<number> {
    const lines = (await this.shows(daemon, series)).filter((line) => line.startsWith(series))
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
  }

  /** The lines of a daemon's metrics that have this text. */
  async shows(daemon: string, text: string): Promise<string[]> {
    const {metricsUrl} = this.#daemon(daemon)
    const response = await fetch(metricsUrl, {headers: {connection: 'close'}})
    return (await response.text()).split('\n').filter((line) => line.includes(text))
  }

  /** What a part has logged as JSON so far. */
  async log(part: string): Promise<Array<Record<string, unknown>>> {
    const text = await readFile(join(this.lab.endpoints.dir, `${part}.log`), 'utf8')
    return text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))
  }

  /** Adds a section to a daemon's configuration, which must not have it yet, and starts the daemon again. */
  async reconfigure(daemon: string, section: string): Promise<void> {
    const part = this.lab.part(daemon)
    await part.stop()
    await appendFile(this.#daemon(daemon).configFile, `\n${section}\n`)
    await part.start()
  }

  /** Adds a line to a section that a daemon's configuration has already, and starts the daemon again. */
  async set(daemon: string, section: string, line: string): Promise<void> {
    const part = this.lab.part(daemon)
    await part.stop()
    const {configFile} = this.#daemon(daemon)
    const text = await readFile(configFile, 'utf8')
    await writeFile(
      configFile,
      text.replace(`[${section}]\n`, (header) => `${header}${line}\n`),
    )
    await part.start()
  }

  #daemon(name: string) {
    const daemon = this.lab.endpoints.daemons.find((each) => each.name === name)
    if (!daemon) throw new Error(`the lab has no daemon ${name}`)
    return daemon
  }
}

function testServer({
  name,
  dns,
  apiUrl,
  apiKey,
}: ServerEndpoints & Pick<SecondaryEndpoints, 'name'>): TestServer {
  return {name, dns: new DnsServer(dns), api: new ApiClient({url: apiUrl, apiKey})}
}
