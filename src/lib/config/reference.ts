import {stringify} from 'smol-toml'
import type {Key} from './keys.js'
import {keysOf, sectionNames, variableOf} from './names.js'
import type {SectionName} from './schema.js'

/** Which daemons and commands read a section. */
const readers: Readonly<Record<SectionName, string>> = {
  broker: 'Read by every daemon and command.',
  primary:
    'Read by the api-proxy, the zone-provider and `pdist zone push --all`; by the health-checker if it is there.',
  api_proxy: 'Read by the api-proxy.',
  zone_provider: 'Read by the zone-provider.',
  secondary: 'Read by the syncer.',
  syncer: 'Read by the syncer.',
  health_checker:
    'Read by the health-checker and by what tells active secondaries: commands, and the api-proxy.',
  guard: 'Read by the zone-provider and the health-checker.',
  signing:
    'Read by the zone-provider (both keys) and the syncer (`trusted_keys`). See [security.md](security.md).',
  state: 'Read by the api-proxy and the syncer.',
  log: 'Read by every daemon.',
  metrics: 'Read by every daemon.',
}

const INTRODUCTION = `# Configuration

One TOML file, \`/etc/pdist/pdist.toml\` unless \`--config\` or \`PDIST_CONFIG\` names another. What the environment says wins over the
file, what flags say over both. Unknown keys are mistakes. \`pdist config check\` shows the result, and every mistake at once.

Durations are written as \`"500ms"\`, \`"10s"\`, \`"2m"\`, \`"12h"\` or \`"30d"\`, sizes as \`"64KiB"\`, \`"128MiB"\` or \`"1GiB"\`, addresses as
\`"[::1]:5300"\` or \`"127.0.0.1:5300"\`. Lists in the environment are separated by commas. A secret \`x\` can be given by the path of a
file that holds it, as \`x_file\`, which keeps it out of this file and of the environment. Of a file in \`/etc/pdist/credentials\` a daemon
reads the copy that systemd hands it (\`LoadCredential=pdist:/etc/pdist/credentials\`), where there is one.

The daemons of one machine can share one file: each reads the sections it needs.
`

/** The reference of all keys, in Markdown, made from the schema: docs/configuration.md. */
export function configurationReference(): string {
  return [INTRODUCTION, ...sectionNames().map(sectionText)].join('\n')
}

function sectionText(section: SectionName): string {
  const rows = Object.entries(keysOf(section)).map(([name, key]) => row(section, name, key))
  return [
    `## [${section}]`,
    '',
    readers[section],
    '',
    '| key | default | meaning |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

function row(section: string, name: string, key: Key<unknown>): string {
  const file = key.kind.secret ? `, \`${name}_file\`` : ''
  return `| \`${name}\`${file}<br>\`${variableOf(section, name)}\` | ${fallbackOf(key)} | ${key.description} |`
}

function fallbackOf({presence, fallback, sameAs}: Key<unknown>): string {
  if (presence === 'required') return 'required'
  if (sameAs !== undefined) return `as \`${sameAs}\``
  if (fallback === undefined) return 'none'
  return `\`${stringify({x: fallback}).trim().slice('x = '.length)}\``
}
