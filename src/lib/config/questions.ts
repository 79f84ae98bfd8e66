import {pathOf} from './names.js'
import type {MachineRole} from './template.js'

/** Texts as an operator gives them, by path. */
export type AnswerTexts = Readonly<Record<string, string | undefined>>

/** What is answered where a new file shall do without a key. */
export const NONE = 'none'

/** A value that a new file cannot do without, or is better for. */
export interface Question {
  path: string
  text: string
  /** Taken where nobody is asked, and for an empty answer; without one, an answer is needed. */
  usual?: string
  /** `none` is an answer: the file is to do without. */
  optional?: true
}

/** The usual places of what `pdist broker setup --roles` and `pdist keys generate` make; a unit's daemon gets the credentials. */
const CREDENTIALS = '/etc/pdist/credentials'
const AUTHORITY = '/etc/pdist/broker-ca.pem'

/** Where the commands, and the units of the Debian packages, look for the file of such a machine. */
export const USUAL_FILES: Readonly<Record<MachineRole, string>> = {
  primary: '/etc/pdist/primary.toml',
  secondary: '/etc/pdist/secondary.toml',
  operator: '/etc/pdist/pdist.toml',
}

/** What nobody is asked for, and a file has all the same: it goes with the documented pdns.conf. */
export const SETTLED: Readonly<Record<MachineRole, AnswerTexts>> = {
  primary: {'zone_provider.notify_listen': '127.0.0.1:5301'},
  // Reached wherever PowerDNS may send queries from, also on a machine without IPv6.
  secondary: {'secondary.listen': '127.0.0.1:20102'},
  operator: {},
}

/** What may be asked for such a machine, in this order. */
export function questionsFor(role: MachineRole, given: AnswerTexts = {}): readonly Question[] {
  return [
    {path: 'broker.servers', text: 'NATS servers, such as tls://nats.example.net:4222, separated by commas'},
    ...(role === 'secondary' ? [SECONDARY_NAME] : []),
    {
      path: 'broker.ca_file',
      text: 'File with the authority of their certificates',
      usual: AUTHORITY,
      optional: true,
    },
    {
      path: 'broker.nkey_file',
      text: "File with this machine's key for them",
      usual: `${CREDENTIALS}/${nkeyName(role, given)}`,
      optional: true,
    },
    ...powerDnsQuestions(role, given),
    ...(role === 'primary' ? [SIGNING_KEY] : role === 'secondary' ? [TRUSTED_KEYS] : []),
  ]
}

/** Those without an answer that count for what is answered: only TLS is worth an authority and a key, unless they are named. */
export function openQuestions(role: MachineRole, given: AnswerTexts): readonly Question[] {
  const servers = given['broker.servers']
  const isPlain = servers !== undefined && !servers.includes('tls://')
  const hasNoApi = role === 'operator' && given['primary.api_url'] === NONE
  return questionsFor(role, given).filter(({path}) => {
    if (given[path] !== undefined) return false
    if (isPlain && (path === 'broker.ca_file' || path === 'broker.nkey_file')) return false
    return !(hasNoApi && path.startsWith('primary.'))
  })
}

/** The usual answers for what is not said; undefined where something is to be said that has none. */
export function withUsualAnswers(role: MachineRole, given: AnswerTexts): AnswerTexts | undefined {
  const answers = {...given}
  for (;;) {
    const [next] = openQuestions(role, answers)
    if (!next) return answers
    if (next.usual === undefined) return undefined
    answers[next.path] = next.usual
  }
}

/** As `pdist broker setup --roles` names it. */
function nkeyName(role: MachineRole, given: AnswerTexts): string {
  return role === 'secondary' ? `secondary-${given['secondary.name'] ?? 'NAME'}.nkey` : `${role}.nkey`
}

function powerDnsQuestions(role: MachineRole, given: AnswerTexts): Question[] {
  const section = powerDnsSection(role)
  const api = {path: pathOf(section, 'api_url'), usual: 'http://127.0.0.1:8081'}
  const isUnnamed = given['primary.api_key_file'] === undefined && given['primary.dns'] === undefined
  return [
    role === 'operator'
      ? {...api, text: PRIMARY_API, ...(isUnnamed ? {usual: NONE} : {}), optional: true}
      : {...api, text: 'PowerDNS API on this machine'},
    {
      path: pathOf(section, 'api_key_file'),
      text: "File with that API's key",
      usual: `${CREDENTIALS}/powerdns-key`,
    },
    {path: pathOf(section, 'dns'), text: 'Where that PowerDNS answers DNS', usual: '127.0.0.1:53'},
  ]
}

/** Whose PowerDNS such a machine's file tells of: an operator's commands ask the primary's. */
export function powerDnsSection(role: MachineRole): 'primary' | 'secondary' {
  return role === 'secondary' ? 'secondary' : 'primary'
}

/** Elsewhere there is none that could be reached; the few commands that need it are run on the primary. */
const PRIMARY_API = "The primary's PowerDNS API, where the commands are run on the primary"

const SECONDARY_NAME: Question = {path: 'secondary.name', text: 'Name of this secondary, unique among all'}

const SIGNING_KEY: Question = {
  path: 'signing.key_file',
  text: 'File with the key that signs every version',
  usual: `${CREDENTIALS}/signing-key.pem`,
  optional: true,
}

const TRUSTED_KEYS: Question = {
  path: 'signing.trusted_keys',
  text: 'Public key of the zone-providers, which `pdist keys show` prints on the primary (none: whatever the broker says is believed)',
  optional: true,
}
