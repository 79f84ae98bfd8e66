import {join} from 'node:path'
import type {DaemonRole} from '../zone/daemon.js'
import {metricsUrl, proxyUrl} from './daemons.js'
import {brokerSection, natsUrl} from './nats.js'
import type {LabPlan, SecondaryPlan, ServerPlan} from './plan.js'
import {apiUrl} from './powerdns.js'

/** Null while the part is dead. */
export type Pid = number | null

export interface ServerEndpoints {
  apiUrl: string
  apiKey: string
  dns: {host: string; port: number}
  pid: Pid
}

export interface SecondaryEndpoints extends ServerEndpoints {
  name: string
}

export interface DaemonEndpoints {
  name: string
  role: DaemonRole
  pid: Pid
  metricsUrl: string
  configFile: string
}

export interface BrokerEndpoints {
  url: string
  pid: Pid
}

/** A lab's line of JSON: where everything is, and with which pid. */
export interface LabEndpoints {
  dir: string
  nats: BrokerEndpoints
  /** With more than one broker: all of them. */
  brokers?: BrokerEndpoints[]
  /** With TLS: what the operator's commands connect with. */
  brokerFiles?: {caFile: string; nkeyFile: string}
  primary: ServerEndpoints
  /** The way in for changes: PowerDNS's API, over HTTPS with the certificate in `caFile`. */
  proxy: {url: string; apiKey: string; caFile: string}
  secondaries: SecondaryEndpoints[]
  daemons: DaemonEndpoints[]
  /** TOML file for the operator's commands. */
  config: string
}

/** `daemons: false` leaves them out of the list; the plan's files and ports are theirs all the same. */
export function endpointsOf(
  plan: LabPlan,
  pidOf: (part: string) => number | undefined,
  {daemons}: {daemons: boolean},
): LabEndpoints {
  const pid = (part: string): Pid => pidOf(part) ?? null
  const server = (server: ServerPlan | SecondaryPlan): ServerEndpoints => ({
    apiUrl: apiUrl(plan, server),
    apiKey: server.apiKey,
    dns: {host: plan.host, port: server.dnsPort},
    pid: pid(server.name),
  })
  const brokers = plan.brokers.map((broker) => ({url: natsUrl(plan, broker), pid: pid(broker.name)}))
  const [first = {url: '', pid: null}] = brokers
  const {ca_file: caFile, nkey_file: nkeyFile} = brokerSection(plan)
  return {
    dir: plan.dir,
    nats: first,
    ...(brokers.length > 1 ? {brokers} : {}),
    ...(caFile !== undefined && nkeyFile !== undefined ? {brokerFiles: {caFile, nkeyFile}} : {}),
    primary: server(plan.primary),
    proxy: {url: proxyUrl(plan), apiKey: plan.primary.apiKey, caFile: proxyCertificate(plan)},
    secondaries: plan.secondaries.map((secondary) => ({name: secondary.name, ...server(secondary)})),
    daemons: (daemons ? plan.daemons : []).map((daemon) => ({
      name: daemon.name,
      role: daemon.role,
      pid: pid(daemon.name),
      metricsUrl: metricsUrl(plan, daemon),
      configFile: daemon.configFile,
    })),
    config: plan.configFile,
  }
}

function proxyCertificate({daemons}: LabPlan): string {
  const proxy = daemons.find(({role}) => role === 'api-proxy')
  return join(proxy?.stateDir ?? '', 'proxy-cert.pem')
}
