import {appendFile, mkdtemp, realpath, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Broker} from '../src/lib/broker/connection.js'
import {setUpBroker} from '../src/lib/broker/topology.js'
import {loadConfig} from '../src/lib/config/load.js'
import {findForRoles} from '../src/lib/lab/binaries.js'
import {pdistProgram} from '../src/lib/lab/daemons.js'
import {Part} from '../src/lib/lab/part.js'
import {daemonParts, serverParts, writeFiles} from '../src/lib/lab/parts.js'
import {type LabPlan, planLab} from '../src/lib/lab/plan.js'
import {hostPort} from '../src/lib/lab/ports.js'
import {brokerOptions, topologyOptions} from '../src/lib/system/broker-options.js'
import type {ComparisonOrder} from './comparison-process.js'
import {HelperProcess} from './helper-process.js'

export type Secondaries = HelperProcess<ComparisonOrder>

const NATS = 'nats'
const CHECKER = 'health-checker'

/** A broker, a health-checker and simulated secondaries; no PowerDNS. */
export class ComparisonSystem {
  readonly broker: Broker
  readonly secondaries: Secondaries
  /** For the daemons, and for whoever plays one. */
  readonly configFile: string
  readonly #dir: string
  readonly #monitoring: string
  readonly #parts: ReadonlyMap<string, Part>

  private constructor(
    dir: string,
    {plan, parts}: Parts,
    {broker, secondaries}: {broker: Broker; secondaries: Secondaries},
  ) {
    this.#dir = dir
    this.#parts = parts
    this.#monitoring = monitoring(plan)
    this.configFile = plan.configFile
    this.broker = broker
    this.secondaries = secondaries
  }

  /** With an empty store, and the health-checker not yet started. */
  static async start(signal: AbortSignal): Promise<ComparisonSystem> {
    const dir = await mkdtemp(join(await realpath(tmpdir()), 'pdist-bench-'))
    const parts = await partsOf(dir)
    try {
      await parts.parts.get(NATS)?.start(signal)
      const {broker: settings} = await loadConfig({file: parts.plan.configFile, env: {}})
      const broker = await Broker.connect(brokerOptions(settings, 'benchmark'))
      await setUpBroker(broker, topologyOptions(settings))
      const log = join(dir, 'secondaries.log')
      const secondaries = await HelperProcess.start<ComparisonOrder>('comparison-process.ts', log)
      return new ComparisonSystem(dir, parts, {broker, secondaries})
    } catch (error) {
      await stop(dir, parts.parts)
      throw error
    }
  }

  async startChecker(signal: AbortSignal): Promise<void> {
    await this.#parts.get(CHECKER)?.start(signal)
  }

  get checkerPid(): number {
    return this.#parts.get(CHECKER)?.pid ?? 0
  }

  /** All that nats-server ever took in and gave out, in bytes: what one sends to another counts twice. */
  async bytes(): Promise<number> {
    const answer = await fetch(`${this.#monitoring}/varz`, {headers: {connection: 'close'}})
    const {in_bytes: taken, out_bytes: given} = (await answer.json()) as {in_bytes: number; out_bytes: number}
    return taken + given
  }

  async stop(): Promise<void> {
    await this.secondaries.end()
    await this.broker.close()
    await stop(this.#dir, this.#parts)
  }
}

interface Parts {
  plan: LabPlan
  parts: ReadonlyMap<string, Part>
}

async function partsOf(dir: string): Promise<Parts> {
  const plan = await planLab({dir, secondaries: 0, backend: 'gsqlite3', ipv6: false, cache: true})
  const binaries = await findForRoles({backend: 'gsqlite3'})
  await writeFiles(plan, binaries)
  await appendFile(join(dir, `${NATS}.conf`), `http: "${monitoring(plan).replace('http://', '')}"\n`)
  const checker = plan.daemons.find(({name}) => name === CHECKER)
  // Without a primary: there is none.
  if (checker) await writeFile(checker.configFile, configOf(plan, checker))
  await writeFile(plan.configFile, configOf(plan))
  const specs = [...serverParts(plan, binaries), ...daemonParts(plan, binaries.primary, await pdistProgram())]
  const options = {restartAfterMs: undefined, report: () => undefined, changed: () => undefined}
  const wanted = specs.filter(({name}) => name === NATS || name === CHECKER)
  return {plan, parts: new Map(wanted.map((spec) => [spec.name, new Part(spec, options)]))}
}

/** On the port that the primary's API would have. */
function monitoring({host, primary}: LabPlan): string {
  return `http://${hostPort(host, primary.apiPort)}`
}

function configOf({host, brokers}: LabPlan, daemon?: LabPlan['daemons'][number]): string {
  const servers = brokers.map(({port}) => `"nats://${hostPort(host, port)}"`)
  const broker = `[broker]\nservers = [${servers.join(', ')}]\n`
  if (!daemon) return broker
  const state = `[state]\ndirectory = ${JSON.stringify(daemon.stateDir)}\n`
  return `${broker}${state}[metrics]\nlisten = "${hostPort(host, daemon.metricsPort)}"\n`
}

async function stop(dir: string, parts: ReadonlyMap<string, Part>): Promise<void> {
  await parts.get(CHECKER)?.stop()
  await parts.get(NATS)?.stop()
  await rm(dir, {recursive: true, force: true})
}
