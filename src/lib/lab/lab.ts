import {type Backend, findForRoles, type Places, type ServerRole} from './binaries.js'
import {pdistProgram} from './daemons.js'
import {type LabDirectory, openDirectory} from './directory.js'
import {endpointsOf, type LabEndpoints} from './endpoints.js'
import {EndpointsFile} from './endpoints-file.js'
import {PartStartError} from './errors.js'
import {makeLabMirror} from './nats.js'
import {Part, type PartEvent, type PartSpec} from './part.js'
import {daemonParts, serverParts, writeFiles} from './parts.js'
import {type LabPlan, type NearPlan, planLab} from './plan.js'

export interface LabOptions {
  secondaries: number
  backend: Backend
  /** That of the secondaries, where it is another one. */
  secondaryBackend?: Backend
  /** Everything on ::1, nothing on IPv4. */
  ipv6: boolean
  /** PowerDNS's default caches, as users run it; false turns them off. */
  cache: boolean
  /** The primary notifies the zone-provider of changes to zones of kind Master; false, the default: nobody. */
  notify?: boolean
  /** Brokers in a cluster; 1, the default, stands alone. */
  brokerNodes?: number
  /** The syncers read from a mirror of the zone store, on a leaf node near them; without `tls`. */
  near?: boolean
  /** The brokers demand TLS, and give each role only its own rights. */
  tls?: boolean
  /** An empty or new folder, which is kept; without, a temporary one. */
  dir?: string | undefined
  /** Starts a part again, a second after it died. */
  restart: boolean
  /** Where the programs of a role are, where they are not this machine's own. */
  places?: Partial<Record<ServerRole, Places>>
  /** False: nats-server and pdns_server only. */
  daemons?: boolean
  /** Aborting it ends a start that is under way; a lab that is ready is ended by `stop`. */
  signal?: AbortSignal
  report?(event: PartEvent): void
  /** Called when every file is written and nothing is started yet. */
  prepare?(plan: LabPlan): Promise<void>
}

interface LabSpecs {
  servers: readonly PartSpec[]
  daemons: readonly PartSpec[]
}

// As systemd's RestartSec in the units that we ship.
const RESTART_AFTER_MS = 1000
/** How often another process may take a port from under us until we give up. */
const TRIES = 3

/**
 * The whole system on loopback, as real processes: nats-server, a PowerDNS primary, its secondaries, and the daemons.
 *
 *     await using lab = await Lab.start({secondaries: 2, backend: 'gsqlite3', …})
 */
export class Lab {
  readonly #options: LabOptions
  readonly #plan: LabPlan
  readonly #directory: LabDirectory
  readonly #parts: ReadonlyMap<string, Part>
  readonly #servers: readonly Part[]
  readonly #daemons: readonly Part[]
  readonly #file: EndpointsFile

  private constructor(plan: LabPlan, directory: LabDirectory, options: LabOptions, specs: LabSpecs) {
    this.#options = options
    const partOf = (spec: PartSpec) =>
      new Part(spec, {
        restartAfterMs: options.restart ? RESTART_AFTER_MS : undefined,
        report: (event) => options.report?.(event),
        changed: () => this.#file.update(),
      })
    this.#plan = plan
    this.#directory = directory
    this.#servers = specs.servers.map(partOf)
    this.#daemons = specs.daemons.map(partOf)
    this.#parts = new Map([...this.#servers, ...this.#daemons].map((part) => [part.name, part]))
    this.#file = new EndpointsFile(
      plan.dir,
      () => JSON.stringify(this.endpoints),
      (reason) => options.report?.({event: 'failed', part: 'lab.json', reason}),
    )
  }

  /**
   * Resolves when every part does its work. Rejects with MissingBinaryError, NotBuiltError, LabDirectoryError,
   * LabAddressError or PartStartError, or with the signal's reason; nothing runs then, and no temporary file is left.
   */
  static async start(options: LabOptions): Promise<Lab> {
    const binaries = await findForRoles(options)
    const program = options.daemons === false ? undefined : await pdistProgram()
    const directory = await openDirectory(options.dir)
    for (let tries = 1; ; tries += 1) {
      const plan = await planLab({...options, dir: directory.path})
      const servers = serverParts(plan, binaries)
      const daemons = program === undefined ? [] : daemonParts(plan, binaries.primary, program)
      const lab = new Lab(plan, directory, options, {servers, daemons})
      try {
        await writeFiles(plan, binaries)
        await options.prepare?.(plan)
        await lab.#start()
        return lab
      } catch (error) {
        const again = error instanceof PartStartError && error.portTaken && tries < TRIES
        await (again ? directory.clear() : directory.leave())
        if (!again) throw error
      }
    }
  }

  get endpoints(): LabEndpoints {
    return endpointsOf(this.#plan, (name) => this.#parts.get(name)?.pid, {daemons: this.#daemons.length > 0})
  }

  /** `nats`, `primary`, the names of the secondaries, and those of the daemons. */
  get partNames(): string[] {
    return [...this.#parts.keys()]
  }

  /** Throws a RangeError where there is no such part. */
  part(name: string): Part {
    const part = this.#parts.get(name)
    if (!part) throw new RangeError(`the lab has no part ${name}, but ${this.partNames.join(', ')}`)
    return part
  }

  /** Stops everything, the daemons first, and removes the folder if it is a temporary one. */
  async stop(): Promise<void> {
    await this.#stopParts()
    await this.#file.close()
    await this.#directory.leave()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** All at once: the daemons wait for what is not there yet. Where one fails, none is left running. */
  async #start(): Promise<void> {
    const {signal} = this.#options
    const failure = new AbortController()
    const either = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal
    const starts = [...this.#parts.values()].map((part) =>
      part.start(either).catch((error: unknown) => failure.abort(error)),
    )
    await Promise.all(starts)
    if (either.aborted) await this.#stopParts()
    either.throwIfAborted()
    if (this.#plan.near && this.#daemons.length > 0) await this.#mirror(this.#plan.near)
    this.#file.open()
    await this.#file.written()
  }

  /** What it mirrors is made by the daemons. */
  async #mirror(near: NearPlan): Promise<void> {
    try {
      await makeLabMirror(this.#plan, near)
    } catch (error) {
      await this.#stopParts()
      throw error
    }
  }

  async #stopParts(): Promise<void> {
    await Promise.all(this.#daemons.map((part) => part.stop()))
    await Promise.all(this.#servers.map((part) => part.stop()))
  }
}
