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
    sections: ['broker', 'primary', 'health_checker', 'guard'],
    daemons: [],
  },
}

const WIDTH = 110

/** The daemons and sections that a file for such a machine has to be complete for. */
export function demandsOf(role: MachineRole): {daemons: readonly Role[]; need: DemandingSection[]} {
  const {daemons} = MACHINES[role]
  return {daemons, need: [...new Set(daemons.flatMap((daemon) => needsOf[daemon]))]}
}

/**
 * A commented TOML file: what was answered as it is, every other key of the sections that such a machine reads as a comment with
 * its default.
 */
export function configurationTemplate(role: MachineRole, answers: Answers, file: string): string {
  const {about, sections, daemons} = MACHINES[role]
  const check = ['pdist config check', ...daemons.map((daemon) => `--role ${daemon}`), ...named(file)].join(
    ' ',
  )
  const head = [
    ...comment(
      `pdist ${about}. What is commented out shows the default. Secrets belong into files of their own.`,
    ),
    ...comment(`After a change: ${check}`),
  ]
  return `${[head.join('\n'), ...sections.map((section) => sectionText(section, answers))].join('\n\n')}\n`
}

/** Only what no shell and no comment could take for something else. */
function named(file: string): string[] {
  return /^[\w./-]+$/.test(file) ? [`--config ${file}`] : []
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
