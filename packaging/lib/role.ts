import {readFileSync} from 'node:fs'
import type {DebPackage} from './deb.js'
import {installDebianDocs} from './docs.js'
import type {Release} from './release.js'
import type {Stage} from './stage.js'
import {type MachineRole, servicesOf, unitsOf} from './units.js'

const DESCRIPTIONS: Readonly<Record<MachineRole, readonly string[]>> = {
  primary: [
    'pdist on the machine of a hidden PowerDNS primary',
    'The systemd units and the configuration of what runs beside the primary: the API proxy, which tells of every change; the ' +
      'zone-provider, which puts changed zones into the zone store; and the health-checker, which watches over the secondaries.',
  ],
  secondary: [
    'pdist on the machine of a public PowerDNS secondary',
    'The systemd unit and the configuration of the syncer, which runs beside a PowerDNS secondary, has it transfer each changed ' +
      'zone, and proves that it is served.',
  ],
}

/** Stages `pdist-primary` or `pdist-secondary`. */
export function stageRole(stage: Stage, role: MachineRole, release: Release): DebPackage {
  const name = `pdist-${role}`
  const conffile = `etc/pdist/${role}.toml`
  // An administrator may write a secret into it.
  stage.text(conffile, source(`etc/${role}.toml`), 0o600)
  stage.folder('etc/pdist/credentials', 0o700)
  for (const [unit, text] of unitsOf(role)) stage.text(`usr/lib/systemd/system/${unit}`, text)
  stage.text(`usr/share/doc/${name}/README.Debian`, source(`doc/README.${role}`))
  stage.text(
    `usr/share/lintian/overrides/${name}`,
    source('doc/role.lintian-overrides').replaceAll('@PACKAGE@', name).replaceAll('@ROLE@', role),
  )
  installDebianDocs(stage, name, release)
  return {
    name,
    architecture: 'all',
    fields: {
      Depends: `pdist (= ${release.version}), adduser, systemd`,
      Recommends: role === 'primary' ? 'pdns-server, nats-server' : 'pdns-server',
    },
    description: DESCRIPTIONS[role],
    conffiles: [conffile],
    scripts: scriptsOf(role),
  }
}

/** The maintainer scripts of a role, which differ in names only. */
export function scriptsOf(role: MachineRole): Readonly<Record<string, string>> {
  const other = role === 'primary' ? 'secondary' : 'primary'
  const fill = (text: string) =>
    text
      .replaceAll('@ROLE@', role)
      .replaceAll('@OTHER@', other)
      .replaceAll('@TARGET@', `pdist-${role}.target`)
      .replaceAll('@SERVICES@', servicesOf(role).join(' '))
  return Object.fromEntries(
    ['postinst', 'prerm', 'postrm'].map((name) => [name, fill(source(`maintainer/role.${name}`))]),
  )
}

function source(name: string): string {
  return readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
}
