import {readFileSync} from 'node:fs'

export type MachineRole = 'primary' | 'secondary'

interface Daemon {
  readonly name: string
  readonly role: MachineRole
  readonly description: string
  readonly metricsPort: number
  /** Somebody waits for its answers. */
  readonly answers?: true
}

/** For all but those that somebody waits for: without, a machine with more changes than it can do answers none of them in time. */
const NICENESS = 5

/** Each has a port of its own for metrics, since those of one machine share a configuration. */
export const daemons: readonly Daemon[] = [
  {
    name: 'api-proxy',
    role: 'primary',
    description: 'the PowerDNS API, with an event for every change',
    metricsPort: 9531,
    answers: true,
  },
  {
    name: 'zone-provider',
    role: 'primary',
    description: 'changed zones into the zone store',
    metricsPort: 9532,
  },
  {name: 'health-checker', role: 'primary', description: 'watches over the secondaries', metricsPort: 9533},
  {name: 'syncer', role: 'secondary', description: 'keeps the local PowerDNS up to date', metricsPort: 9534},
]

/** File name -> text of the units of a role. */
export function unitsOf(role: MachineRole): ReadonlyMap<string, string> {
  const target = `pdist-${role}.target`
  const services = daemons
    .filter((daemon) => daemon.role === role)
    .map((daemon): [string, string] => [`pdist-${daemon.name}.service`, serviceOf(daemon)])
  const resync = ['pdist-resync@.service', 'pdist-resync@.timer'].map((name): [string, string] => [
    name,
    source(name),
  ])
  return new Map([...services, [target, source(target)], ...(role === 'primary' ? resync : [])])
}

/** The names of the services that run all the time. */
export function servicesOf(role: MachineRole): string[] {
  return daemons.filter((daemon) => daemon.role === role).map(({name}) => `pdist-${name}.service`)
}

function serviceOf({name, role, description, metricsPort, answers}: Daemon): string {
  return source('daemon.service.in')
    .replaceAll('@DAEMON@', name)
    .replaceAll('@ROLE@', role)
    .replaceAll('@TARGET@', `pdist-${role}.target`)
    .replaceAll('@DESCRIPTION@', description)
    .replaceAll('@METRICS_PORT@', String(metricsPort))
    .replaceAll('@NICENESS@', String(answers ? 0 : NICENESS))
}

function source(name: string): string {
  return readFileSync(new URL(`../systemd/${name}`, import.meta.url), 'utf8')
}
