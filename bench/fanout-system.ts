import {Broker} from '../src/lib/broker/connection.js'
import {Control} from '../src/lib/broker/control.js'
import {PresenceBoard} from '../src/lib/broker/presence.js'
import {Reports} from '../src/lib/broker/reports.js'
import {forgetFeed} from '../src/lib/broker/zone-feed.js'
import {loadConfig} from '../src/lib/config/load.js'
import type {ZoneName} from '../src/lib/dns/name.js'
import {Lab} from '../src/lib/lab/lab.js'
import {brokerOptions} from '../src/lib/system/broker-options.js'
import {Api} from './api.js'
import type {Measured} from './cpu.js'
import {Fleet} from './fleet.js'

/** When the secondaries proved a change, in milliseconds since it was begun. */
export interface Spread {
  first: number
  last: number
}

const PROVED_WITHIN_MS = 60_000

/** A system without any secondary but those of a fleet: a real primary, its daemons and a broker. */
export class FanoutSystem {
  readonly proxy: Api
  readonly #lab: Lab
  readonly #broker: Broker
  readonly #fleet: Fleet
  /** By zone and secondary: the newest revision that was proved. */
  readonly #proved = new Map<ZoneName, Map<string, number>>()
  #onReceipt: () => void = () => undefined

  private constructor(lab: Lab, proxy: Api, broker: Broker, fleet: Fleet) {
    this.#lab = lab
    this.proxy = proxy
    this.#broker = broker
    this.#fleet = fleet
    new Reports(broker).watchReceipts('>', {
      on: ({zone, secondary, outcome, revision}) => {
        if (outcome === 'served') this.#provedBy(zone).set(secondary, revision)
        this.#onReceipt()
      },
      onMalformed: (error) => process.stderr.write(`${error}\n`),
    })
  }

  static async start(signal: AbortSignal): Promise<FanoutSystem> {
    const options = {secondaries: 1, backend: 'gsqlite3', ipv6: false, cache: true, restart: false} as const
    const lab = await Lab.start({...options, signal})
    try {
      const {endpoints} = lab
      const configFile = endpoints.daemons.find(({role}) => role === 'syncer')?.configFile ?? ''
      // It lends its configuration, and that is all that is wanted of it.
      await lab.part('syncer-ns1').stop()
      await lab.part('ns1').stop()
      const {broker: settings} = await loadConfig({file: endpoints.config, env: {}})
      const broker = await Broker.connect(brokerOptions(settings, 'benchmark'))
      const fleet = new Fleet({configFile, dir: endpoints.dir})
      const system = new FanoutSystem(lab, await Api.ofProxy(endpoints.proxy), broker, fleet)
      await system.#forget('ns1')
      return system
    } catch (error) {
      await lab.stop()
      throw error
    }
  }

  /** The processes of which a system has just one each, and what it has for each secondary. */
  get processes(): Measured[] {
    const {nats, primary, daemons} = this.#lab.endpoints
    const {pids, names} = this.#fleet
    return [
      {name: 'nats-server', pid: nats.pid},
      {name: "the primary's PowerDNS", pid: primary.pid},
      ...daemons.filter(({role}) => role !== 'syncer'),
    ]
      .map(({name, pid}): Measured => ({name, pids: pid === null ? [] : [pid]}))
      .concat({name: 'each simulated secondary', pids, among: names.length})
  }

  /** Resolves when so many simulated secondaries, and no others, are at work and prove the zone. */
  async resize(size: number, zone: ZoneName, signal: AbortSignal): Promise<void> {
    for (const name of await this.#fleet.resize(size, signal)) await this.#forget(name)
    await this.#provedBeyond(zone, 0, signal)
  }

  /** Makes a change of a zone and waits for the receipt of every secondary. */
  async change(zone: ZoneName, make: () => Promise<void>, signal: AbortSignal): Promise<Spread> {
    const revision = Math.max(0, ...this.#provedBy(zone).values())
    const started = performance.now()
    const proved = this.#provedBeyond(zone, revision, signal)
    proved.catch(() => undefined) // whatever fails first is told
    await make()
    const {first, last} = await proved
    return {first: first - started, last: last - started}
  }

  /** How many queries the primary's PowerDNS had by TCP: each is a transfer. */
  async transfers(): Promise<number> {
    const {apiUrl, apiKey} = this.#lab.endpoints.primary
    const url = `${apiUrl}/api/v1/servers/localhost/statistics?statistic=tcp-queries`
    const answer = await fetch(url, {headers: {'x-api-key': apiKey, connection: 'close'}})
    const [found] = (await answer.json()) as Array<{value: string}>
    return Number(found?.value)
  }

  async stop(): Promise<void> {
    await this.#fleet.close()
    await this.proxy.close()
    await this.#broker.close()
    await this.#lab.stop()
  }

  #provedBy(zone: ZoneName): Map<string, number> {
    const known = this.#proved.get(zone)
    if (known) return known
    const proved = new Map<string, number>()
    this.#proved.set(zone, proved)
    return proved
  }

  /** Resolves with when the first and the last secondary proved a revision beyond this one. */
  async #provedBeyond(zone: ZoneName, revision: number, signal: AbortSignal): Promise<Spread> {
    const names = this.#fleet.names
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(PROVED_WITHIN_MS)])
    const proved = this.#provedBy(zone)
    let first: number | undefined
    return await new Promise((resolve, reject) => {
      const look = () => {
        const now = performance.now()
        const count = names.filter((name) => (proved.get(name) ?? 0) > revision).length
        if (count > 0) first ??= now
        if (count < names.length) return
        inTime.removeEventListener('abort', abort)
        this.#onReceipt = () => undefined
        resolve({first: first ?? now, last: now})
      }
      const abort = () => {
        const late = names.filter((name) => (proved.get(name) ?? 0) <= revision)
        reject(new Error(`${zone} was not proved by ${late.join(', ')}`, {cause: inTime.reason}))
      }
      inTime.addEventListener('abort', abort, {once: true})
      this.#onReceipt = look
      look()
    })
  }

  /** As `pdist secondary forget` does, without the wait until it counts as silent. */
  async #forget(name: string): Promise<void> {
    await forgetFeed(this.#broker, this.#broker.zones, name)
    await new Control(this.#broker).forget(name)
    await new PresenceBoard(this.#broker).forget(name)
    for (const proved of this.#proved.values()) proved.delete(name)
  }
}
