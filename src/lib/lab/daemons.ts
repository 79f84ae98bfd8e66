import {access} from 'node:fs/promises'
import {join} from 'node:path'
import {packageRoot} from '../package-root.js'
import {NotBuiltError} from './errors.js'
import {brokerSection} from './nats.js'
import type {DaemonPlan, LabPlan} from './plan.js'
import {hostPort} from './ports.js'
import {apiUrl} from './powerdns.js'

type Value = string | number | boolean | readonly string[]
type Sections = Readonly<Record<string, Readonly<Record<string, Value>>>>

/** The file that starts pdist. Rejects where there is nothing built to start. */
export async function pdistProgram(): Promise<string> {
  const root = packageRoot()
  try {
    await access(join(root, 'dist', 'commands'))
  } catch (cause) {
    throw new NotBuiltError(cause)
  }
  return join(root, 'bin', 'pdist.js')
}

/** A daemon's own TOML file. */
export function daemonConfig(plan: LabPlan, daemon: DaemonPlan): string {
  return toml({
    broker: brokerSection(plan, daemon),
    ...roleSections(plan, daemon),
    state: {directory: daemon.stateDir},
    metrics: {listen: hostPort(plan.host, daemon.metricsPort)},
  })
}

/** The TOML file for the commands that an operator runs against the lab. */
export function operatorConfig(plan: LabPlan): string {
  return toml({broker: brokerSection(plan), primary: primarySection(plan)})
}

export function proxyUrl(plan: LabPlan): string {
  return `https://${hostPort(plan.host, plan.proxyPort)}`
}

export function metricsUrl(plan: LabPlan, daemon: DaemonPlan): string {
  return `http://${hostPort(plan.host, daemon.metricsPort)}/metrics`
}

function primarySection(plan: LabPlan) {
  const {primary, host} = plan
  return {api_url: apiUrl(plan, primary), api_key: primary.apiKey, dns: hostPort(host, primary.dnsPort)}
}

function roleSections(plan: LabPlan, {role, secondary}: DaemonPlan): Sections {
  if (role === 'api-proxy') {
    return {primary: primarySection(plan), api_proxy: {listen: [hostPort(plan.host, plan.proxyPort)]}}
  }
  if (role === 'zone-provider') {
    const sections = {primary: primarySection(plan), signing: {key_file: plan.signing.keyFile}}
    if (plan.notifyPort === undefined) return sections
    return {...sections, zone_provider: {notify_listen: [hostPort(plan.host, plan.notifyPort)]}}
  }
  if (!secondary) return {primary: primarySection(plan)}
  return {
    secondary: {
      name: secondary.name,
      api_url: apiUrl(plan, secondary),
      api_key: secondary.apiKey,
      dns: hostPort(plan.host, secondary.dnsPort),
      listen: [hostPort(plan.host, secondary.transferPort)],
    },
    ...(plan.near ? {syncer: {mirror: plan.near.domain}} : {}),
    signing: {trusted_keys: [plan.signing.publicKey]},
  }
}

/** What JSON writes for these values is TOML, too. */
function toml(sections: Sections): string {
  return Object.entries(sections)
    .map(([name, values]) => {
      const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
      return `[${name}]\n${lines.join('')}`
    })
    .join('\n')
}
