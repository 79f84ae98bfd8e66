import {stringify} from 'smol-toml'
import type {Key} from './keys.js'
import {keysOf, pathOf} from './names.js'
import {needsOf, type Role} from './roles.js'
import type {DemandingSection, SectionName} from './schema.js'

/** What a machine is for, as an operator says it. */
export const MACHINE_ROLES = ['primary', 'secondary', 'operator'] as const
export type MachineRole = (typeof MACHINE_ROLES)[number]

/** The values of a new file by their paths as written, e.g. `primary.api_key_file`. */
export type Answers = Readonly<Record<string, unknown>>

/** A value that a new file cannot do without, or is better for. */
export interface Question {
  path: string
  text: string
  /** What most answer; never taken without being shown. */
  usual?: string
  /** The file can do without it. */
  optional?: true
  /** What most answer is taken where nothing is said. */
  always?: true
}

interface Machine {
  about: string
  sections: readonly SectionName[]
  daemons: readonly Role[]
}

const MACHINES: Readonly<Record<MachineRole, Machine>> = {
  primary: {
    about: 'on the primary: api-proxy, zone-provider and health-checker share this file',
    sections: [
      ...(['broker', 'primary', 'api_proxy', 'zone_provider', 'health_checker', 'guard'] as const),
      ...(['signing', 'state', 'log', 'metrics'] as const),
    ],
    daemons: ['api-proxy', 'zone-provider', 'health-checker'],
  },
  secondary: {
    about: 'on a secondary, for its syncer',
    sections: ['broker', 'secondary', 'syncer', 'signing', 'state', 'log', 'metrics'],
    daemons: ['syncer'],
  },
  operator: {
    about: "for an operator's commands",
    sections: ['broker', 'health_checker', 'guard'],
    daemons: [],
  },
}

const WIDTH = 110

/** What has to be known before a file for such a machine can be written. */
export function questionsFor(role: MachineRole): readonly Question[] {
  const broker = {
    path: 'broker.servers',
    text: 'NATS servers, separated by commas',
    usual: 'nats://[::1]:4222',
  }
  if (role === 'operator') return [broker]
  return [
    broker,
    ...(role === 'secondary'
      ? [{path: 'secondary.name', text: 'Name of this secondary, unique among all'}]
      : []),
    {path: pathOf(role, 'api_url'), text: 'PowerDNS API on this machine', usual: 'http://[::1]:8081'},
    {path: pathOf(role, 'api_key_file'), text: "File with that API's key", usual: '/etc/pdist/powerdns-key'},
    {path: pathOf(role, 'dns'), text: 'Where PowerDNS answers DNS', usual: '[::1]:53', optional: true},
    role === 'primary' ? SIGNING_KEY : TRUSTED_KEYS,
  ]
}

const SIGNING_KEY: Question = {
  path: 'signing.key_file',
  text: 'File with the key that signs every version',
  usual: '/etc/pdist/signing-key.pem',
  optional: true,
  always: true,
}

const TRUSTED_KEYS: Question = {
  path: 'signing.trusted_keys',
  text: 'Public key of the zone-providers (`pdist keys show` there prints it; empty: everything is believed)',
  optional: true,
}

/** The daemons and sections that a file for such a machine has to be complete for. */
export function demandsOf(role: MachineRole): {daemons: readonly Role[]; need: DemandingSection[]} {
  const {daemons} = MACHINES[role]
  return {daemons, need: [...new Set(daemons.flatMap((daemon) => needsOf[daemon]))]}
}

/**
 * A commented TOML file: what was answered as it is, every other key of the sections that such a machine reads as a comment with
 * its default.
 */
export function configurationTemplate(role: MachineRole, answers: Answers): string {
  const {about, sections, daemons} = MACHINES[role]
  const check = ['pdist config check', ...daemons.map((daemon) => `--role ${daemon}`)].join(' ')
  const head = [
    ...comment(
      `pdist ${about}. What is commented out shows the default. Secrets belong into files of their own.`,
    ),
    ...comment(`After a change: ${check}`),
  ]
  return `${[head.join('\n'), ...sections.map((section) => sectionText(section, answers))].join('\n\n')}\n`
}

function sectionText(section: SectionName, answers: Answers): string {
  const keys = Object.entries(keysOf(section)).map(([name, key]) => keyLines(section, name, key, answers))
  return [`[${section}]`, ...keys.map((lines) => lines.join('\n'))].join('\n\n')
}

function keyLines(section: SectionName, name: string, key: Key<unknown>, answers: Answers): string[] {
  const about = comment(`${key.description}${key.presence === 'required' ? ' (required)' : ''}`)
  const written = key.kind.secret ? `${name}_file` : name
  for (const given of new Set([name, written])) {
    const answer = answers[pathOf(section, given)]
    if (answer !== undefined) return [...about, assignment(given, answer)]
  }
  if (key.sameAs !== undefined) return [...about, ...comment(`${written} = … (as ${key.sameAs})`)]
  return [...about, ...comment(assignment(written, key.fallback ?? ''), {whole: true})]
}

function assignment(name: string, value: unknown): string {
  return stringify({[name]: value}).trimEnd()
}

function comment(text: string, {whole = false} = {}): string[] {
  if (whole) return text.split('\n').map((line) => `# ${line}`)
  const lines = ['#']
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? ''
    if (last.length + word.length + 1 > WIDTH) lines.push(`# ${word}`)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
