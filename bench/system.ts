import {appendFile} from 'node:fs/promises'
import {type Backend, findBinaries} from '../src/lib/lab/binaries.js'
import type {LabEndpoints} from '../src/lib/lab/endpoints.js'
import {Lab, type LabOptions} from '../src/lib/lab/lab.js'
import type {Part} from '../src/lib/lab/part.js'
import type {LabPlan} from '../src/lib/lab/plan.js'
import {Api} from './api.js'
import {Watcher} from './watcher.js'

export interface Secondary {
  name: string
  api: Api
  watcher: Watcher
}

export interface SystemOptions extends Partial<Pick<LabOptions, 'secondaries' | 'prepare'>> {
  backend: Backend
  cache: boolean
  signal: AbortSignal
}

/** A lab, with the clients that the benchmark plays. */
export class System {
  readonly endpoints: LabEndpoints
  /** The primary's API as users call it: through the api-proxy. */
  readonly proxy: Api
  /** The primary's API itself. */
  readonly primary: Api
  readonly secondaries: readonly Secondary[]
  readonly #lab: Lab

  private constructor(lab: Lab, proxy: Api, secondaries: readonly Secondary[]) {
    this.#lab = lab
    this.endpoints = lab.endpoints
    this.proxy = proxy
    this.primary = Api.of(lab.endpoints.primary)
    this.secondaries = secondaries
  }

  /** `cache`: PowerDNS's default caches, as users run it. */
  static async start(options: SystemOptions): Promise<System> {
    await findBinaries(options.backend)
    const prepare = async (plan: LabPlan) => {
      await ignoreOthersChanges(plan)
      await options.prepare?.(plan)
    }
    const lab = await Lab.start({secondaries: 2, ...options, prepare, ipv6: false, restart: false})
    try {
      const secondaries = lab.endpoints.secondaries.map(async (server) => ({
        name: server.name,
        api: Api.of(server),
        watcher: await Watcher.open(server.dns),
      }))
      return new System(lab, await Api.ofProxy(lab.endpoints.proxy), await Promise.all(secondaries))
    } catch (error) {
      await lab.stop()
      throw error
    }
  }

  /** Where the primary answers transfers, as PowerDNS writes it. */
  get master(): string {
    const {host, port} = this.endpoints.primary.dns
    return `${host}:${port}`
  }

  /** A server or a daemon, to be stopped and started. */
  part(name: string): Part {
    return this.#lab.part(name)
  }

  /** `work` at every secondary at once. */
  async everywhere<T>(work: (secondary: Secondary) => Promise<T>): Promise<T[]> {
    return await Promise.all(this.secondaries.map(work))
  }

  /** Resolves with the time at which the last secondary answered with the text. */
  async serves(name: string, text: string, signal: AbortSignal): Promise<number> {
    return Math.max(...(await this.everywhere(({watcher}) => watcher.text(name, text, signal))))
  }

  /** The same with a change that has a number, or a later one. */
  async servesChange(name: string, number: number, signal: AbortSignal): Promise<number> {
    return Math.max(...(await this.everywhere(({watcher}) => watcher.change(name, number, signal))))
  }

  /** The sum of a daemon's samples whose series begins so. */
  async metric(daemon: string, series: string): Promise<number> {
    const {metricsUrl = ''} = this.endpoints.daemons.find(({name}) => name === daemon) ?? {}
    const text = await (await fetch(metricsUrl, {headers: {connection: 'close'}})).text()
    const lines = text.split('\n').filter((line) => line.startsWith(series))
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
  }

  async stop(): Promise<void> {
    for (const {watcher} of this.secondaries) watcher.close()
    const apis = [this.proxy, this.primary, ...this.secondaries.map(({api}) => api)]
    await Promise.all(apis.map((api) => api.close()))
    await this.#lab.stop()
  }
}

/**
 * The other ways make and change zones at the primary's own API: pdist would find each of them a minute later, and distribute them as well,
 * in the midst of what is measured.
 */
async function ignoreOthersChanges({daemons}: LabPlan): Promise<void> {
  for (const {role, configFile} of daemons)
    if (role === 'zone-provider') await appendFile(configFile, '\n[zone_provider]\ncompare = "1h"\n')
}
