import {appendFile, mkdtemp, realpath, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {findForRoles} from '../src/lib/lab/binaries.js'
import {Part} from '../src/lib/lab/part.js'
import {serverParts, writeFiles} from '../src/lib/lab/parts.js'
import {type LabPlan, planLab} from '../src/lib/lab/plan.js'
import {apiUrl} from '../src/lib/lab/powerdns.js'
import {acceptsTcp} from '../src/lib/lab/probes.js'
import {Api, NAMESERVER} from './api.js'
import {Watcher} from './watcher.js'

/** An autosecondary asks the primary on port 53 and nowhere else; this address is free on a machine that has a resolver. */
const PRIMARY = '127.0.53.53'

/** PowerDNS by itself: a primary, and two secondaries that create the zones of which they get a NOTIFY. */
export class Autosecondaries {
  readonly primary: Api
  readonly watchers: readonly Watcher[]
  readonly #dir: string
  readonly #parts: readonly Part[]

  private constructor(dir: string, parts: readonly Part[], primary: Api, watchers: readonly Watcher[]) {
    this.#dir = dir
    this.#parts = parts
    this.primary = primary
    this.watchers = watchers
  }

  /** Resolves with the reason where it cannot be had on this machine. */
  static async start(): Promise<Autosecondaries | string> {
    const dir = await mkdtemp(join(await realpath(tmpdir()), 'pdist-bench-'))
    const plan = await planLab({dir, secondaries: 2, backend: 'gsqlite3', ipv6: false, cache: true})
    const parts = await partsOf(plan)
    try {
      await Promise.all(parts.map((part) => part.start()))
      for (const server of plan.secondaries) await trustPrimary(plan, server)
      const open = plan.secondaries.map(({dnsPort}) => Watcher.open({host: plan.host, port: dnsPort}))
      const primary = Api.of({apiUrl: apiUrl(plan, plan.primary), apiKey: plan.primary.apiKey})
      return new Autosecondaries(dir, parts, primary, await Promise.all(open))
    } catch (error) {
      await stop(parts, dir)
      const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error)
      return `not measured: ${PRIMARY}:53 or the secondaries could not be had (${reason})`
    }
  }

  async stop(): Promise<void> {
    for (const watcher of this.watchers) watcher.close()
    await this.primary.close()
    await stop(this.#parts, this.#dir)
  }
}

async function partsOf(plan: LabPlan): Promise<Part[]> {
  const binaries = await findForRoles({backend: 'gsqlite3'})
  await writeFiles(plan, binaries)
  // What comes later in the file wins.
  await appendFile(join(plan.primary.dir, 'pdns.conf'), primarySettings(plan))
  for (const {dir} of plan.secondaries) {
    await appendFile(join(dir, 'pdns.conf'), 'autosecondary=yes\nallow-notify-from=127.0.0.0/8\n')
  }
  const options = {restartAfterMs: undefined, report: () => undefined, changed: () => undefined}
  return serverParts(plan, binaries)
    .filter(({name}) => name !== 'nats')
    .map((spec) => new Part(name53(spec), options))
}

type Spec = ReturnType<typeof serverParts>[number]

/** The lab would look for the primary's DNS at the port that it planned. */
function name53(spec: Spec): Spec {
  return spec.name === 'primary' ? {...spec, ready: acceptsTcp(PRIMARY, 53)} : spec
}

function primarySettings({secondaries, host}: LabPlan): string {
  const targets = secondaries.map(({dnsPort}) => `${host}:${dnsPort}`)
  return [
    `local-address=${PRIMARY}`,
    'local-port=53',
    `query-local-address=${PRIMARY}`,
    'allow-axfr-ips=127.0.0.0/8',
    `also-notify=${targets.join(',')}`,
    '',
  ].join('\n')
}

/** A zone is taken over when its NS records name this name server, and its NOTIFY comes from this address. */
async function trustPrimary(plan: LabPlan, server: LabPlan['secondaries'][number]): Promise<void> {
  const api = Api.of({apiUrl: apiUrl(plan, server), apiKey: server.apiKey})
  try {
    // PowerDNS 4.7 compares it as text, without the dot.
    const nameserver = NAMESERVER.replace(/\.$/, '')
    await api.call('POST', '/autoprimaries', {ip: PRIMARY, nameserver, account: ''})
  } finally {
    await api.close()
  }
}

async function stop(parts: readonly Part[], dir: string): Promise<void> {
  await Promise.all(parts.map((part) => part.stop()))
  await rm(dir, {recursive: true, force: true})
}
