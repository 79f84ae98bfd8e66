import {mayListen} from '../../broker/inspection.js'
import type {ConfigReading} from '../../config/load.js'
import type {Config, DemandingSection, PrimaryConfig, SecondaryConfig} from '../../config/schema.js'
import type {DoctorRole} from '../../doctor/checks.js'
import type {Logger} from '../../logger.js'
import {PowerDnsClient} from '../../powerdns/client.js'
import {System} from '../system.js'
import {AbsentFact} from './fact-book.js'

/** A connection, and the name under which the broker took it. */
export interface Login {
  system: System
  clientName: string
}

export interface DoctorInput {
  reading: ConfigReading<DemandingSection>
  roles: readonly DoctorRole[]
  /** This pdist's version. */
  pdist: string
  /** The zone of which a change shall go round. */
  probe?: string | undefined
  probeTimeoutMs: number
  log: Logger
}

/** What facts are gathered with: connections are opened once, and closed at the end. */
export class DoctorContext implements AsyncDisposable {
  readonly input: DoctorInput
  #system: System | undefined
  #opening: Promise<Login> | undefined
  readonly #clients = new Map<object, PowerDnsClient>()

  constructor(input: DoctorInput) {
    this.input = input
  }

  /** Throws AbsentFact where the configuration is wrong, which is a finding already. */
  get config(): Config {
    const {config} = this.input.reading
    if (!config) throw new AbsentFact('the configuration has mistakes')
    return config
  }

  get primary(): PrimaryConfig {
    return this.config.primary ?? absent('the configuration has no [primary]')
  }

  get secondary(): SecondaryConfig {
    return this.config.secondary ?? absent('the configuration has no [secondary]')
  }

  has(role: DoctorRole): boolean {
    return this.input.roles.includes(role)
  }

  /** Rejects with BrokerUnavailableError. */
  async open(): Promise<Login> {
    this.#opening ??= logIn(this.config, this.#clientNames, this.input.log)
    const login = await this.#opening
    this.#system = login.system
    return login
  }

  /** The first one is tried first: a key of a secondary is good for its syncer's name only. */
  get #clientNames(): string[] {
    const {secondary} = this.config
    const names = ['operator', 'health-checker', ...(secondary ? [`syncer-${secondary.name}`] : [])]
    return this.isSecondaryAlone ? names.reverse() : names
  }

  get isSecondaryAlone(): boolean {
    return this.input.roles.every((role) => role === 'secondary')
  }

  /** To be used by facts that need the fact `broker`. */
  get system(): System {
    return this.#system ?? absent('the broker is not connected')
  }

  powerDns(section: PrimaryConfig | SecondaryConfig): PowerDnsClient {
    const client = this.#clients.get(section) ?? new PowerDnsClient(section)
    this.#clients.set(section, client)
    return client
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients.values()) client.close()
    // A connection that is still tried is closed when it is there; nobody waits for a broker that is away.
    if (this.#system) await this.#system[Symbol.asyncDispose]()
    else this.#opening?.then(({system}) => system[Symbol.asyncDispose]()).catch(() => undefined)
  }
}

/** Connects by the first of these names whose inbox this login may listen to; with none, by the last. */
async function logIn(config: Config, names: readonly string[], log: Logger): Promise<Login> {
  for (const [index, clientName] of names.entries()) {
    const system = await System.open(config, log, clientName)
    if (index === names.length - 1 || (await mayListen(system.broker))) return {system, clientName}
    await system[Symbol.asyncDispose]()
  }
  throw new TypeError('no name to connect by')
}

function absent(why: string): never {
  throw new AbsentFact(why)
}
