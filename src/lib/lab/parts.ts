import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Binaries, ServerRole} from './binaries.js'
import {daemonConfig, metricsUrl, operatorConfig} from './daemons.js'
import {makeLabRoles, natsConfig, natsFile, nearConfig} from './nats.js'
import type {PartSpec} from './part.js'
import type {BrokerPlan, DaemonPlan, LabPlan, ServerPlan} from './plan.js'
import {apiUrl, powerDnsConfig, prepareStore} from './powerdns.js'
import {acceptsTcp, all, answersHttp} from './probes.js'

type RoleBinaries = Readonly<Record<ServerRole, Binaries>>

const READY_WITHIN_MS = 30_000
const SERVER_STOP_WITHIN_MS = 5_000
// Longer than the daemons' own deadline, so that theirs decides.
const DAEMON_STOP_WITHIN_MS = 12_000

/** Writes everything that the parts read: folders, configuration files, databases. */
export async function writeFiles(plan: LabPlan, binaries: RoleBinaries): Promise<void> {
  const folders = [
    ...plan.brokers.map(({dir}) => dir),
    ...(plan.near ? [plan.near.dir] : []),
    ...servers(plan).map(({dir}) => dir),
    ...plan.daemons.map((d) => d.stateDir),
  ]
  await Promise.all(folders.map((folder) => mkdir(folder, {mode: 0o700})))
  await Promise.all([
    ...(plan.tls
      ? [makeLabRoles(plan)]
      : plan.brokers.map((broker) => writeSecret(natsFile(plan, broker), natsConfig(plan, broker)))),
    ...(plan.near ? [writeSecret(natsFile(plan, plan.near), nearConfig(plan, plan.near))] : []),
    writeSecret(plan.signing.keyFile, plan.signing.privateKey),
    writeSecret(plan.configFile, operatorConfig(plan)),
    ...plan.daemons.map((daemon) => writeSecret(daemon.configFile, daemonConfig(plan, daemon))),
    ...servers(plan).map(async (server) => {
      await writeSecret(join(server.dir, 'pdns.conf'), powerDnsConfig(plan, server, binaries[server.role]))
      await prepareStore(plan, server, binaries[server.role])
    }),
  ])
}

/** Every nats-server and every pdns_server. */
export function serverParts(plan: LabPlan, binaries: RoleBinaries): PartSpec[] {
  return [
    ...plan.brokers.map((broker) => natsPart(plan, broker, binaries.broker)),
    ...(plan.near ? [natsPart(plan, plan.near, binaries.broker)] : []),
    ...servers(plan).map((server) => powerDnsPart(plan, server, binaries[server.role])),
  ]
}

/** A daemon's objects die young: Node's default of 16 MiB a half only makes its memory larger. */
const YOUNG_HEAP = '--max-semi-space-size=4'

/**
 * mallopt(3): by default glibc keeps what a large zone took, in an arena for each of Node's threads. The threshold is its own
 * default, but set, it does not grow.
 */
const THRIFTY_MALLOC = {MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '131072'}

/**
 * All but the api-proxy give way to PowerDNS, as under systemd: else a machine with more changes than it can do answers none of them
 * in time, and what waits can hardly be put together.
 */
const GIVE_WAY = ['nice', '-n', '5']

/** The four kinds of daemon, as the built pdist runs them. */
export function daemonParts(plan: LabPlan, {setpriv}: Binaries, program: string): PartSpec[] {
  return plan.daemons.map((daemon) => ({
    name: daemon.name,
    ...commandOf([
      ...(daemon.role === 'api-proxy' ? [] : GIVE_WAY),
      ...[process.execPath, YOUNG_HEAP, program, 'daemon', daemon.role, '--config', daemon.configFile],
    ]),
    env: {PDIST_EXIT_WITH_PARENT: '1', ...THRIFTY_MALLOC},
    tied: true,
    logFile: logFile(plan, daemon.name),
    setpriv,
    ready: answersHttp(readyUrl(plan, daemon)),
    readyWithinMs: READY_WITHIN_MS,
    stopWithinMs: DAEMON_STOP_WITHIN_MS,
  }))
}

function commandOf([command = '', ...args]: readonly string[]): Pick<PartSpec, 'command' | 'args'> {
  return {command, args}
}

function natsPart(plan: LabPlan, broker: BrokerPlan, {natsServer, setpriv}: Binaries): PartSpec {
  return {
    name: broker.name,
    command: natsServer,
    args: ['--config', natsFile(plan, broker)],
    logFile: logFile(plan, broker.name),
    setpriv,
    // nats-server opens its door only after JetStream has recovered its streams.
    ready: acceptsTcp(plan.host, broker.port, /^INFO .*"jetstream":true/),
    readyWithinMs: READY_WITHIN_MS,
    stopWithinMs: SERVER_STOP_WITHIN_MS,
  }
}

function powerDnsPart(plan: LabPlan, server: ServerPlan, {pdnsServer, setpriv}: Binaries): PartSpec {
  return {
    name: server.name,
    command: pdnsServer,
    args: [`--config-dir=${server.dir}`],
    logFile: logFile(plan, server.name),
    setpriv,
    ready: all(
      // Somebody may have given it another key.
      answersHttp(
        `${apiUrl(plan, server)}/api/v1/servers/localhost`,
        {'x-api-key': server.apiKey},
        [200, 401],
      ),
      acceptsTcp(plan.host, server.dnsPort),
    ),
    readyWithinMs: READY_WITHIN_MS,
    stopWithinMs: SERVER_STOP_WITHIN_MS,
  }
}

function readyUrl(plan: LabPlan, daemon: DaemonPlan): string {
  return new URL('/readyz', metricsUrl(plan, daemon)).href
}

function servers(plan: LabPlan): ServerPlan[] {
  return [plan.primary, ...plan.secondaries]
}

function logFile({dir}: LabPlan, part: string): string {
  return join(dir, `${part}.log`)
}

/** API keys are in most of them. */
function writeSecret(file: string, text: string): Promise<void> {
  return writeFile(file, text, {mode: 0o600})
}
