import {type Address, isWildcard} from './address.js'
import type {Mistake} from './mistakes.js'

/** What is known of one section, by the names in TOML. */
export interface SectionValues {
  /** Whether the key has any value, right or wrong. */
  given(key: string): boolean
  /** The checked value; undefined where there is none, or a wrong one. */
  value(key: string): unknown
}

type Rule = (values: SectionValues) => string | undefined

/** What no key can know alone: key -> what is wrong with it, given the others of its section. */
const rules: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  broker: {
    user: needs('user', 'password'),
    password: needs('password', 'user'),
    cert_file: needs('cert_file', 'key_file'),
    key_file: needs('key_file', 'cert_file'),
    creds_file: oneLogin,
  },
  primary: {tsig_name: needs('tsig_name', 'tsig_secret'), tsig_secret: needs('tsig_secret', 'tsig_name')},
  zone_provider: {
    notify_tsig_name: needs('notify_tsig_name', 'notify_tsig_secret'),
    notify_tsig_secret: needs('notify_tsig_secret', 'notify_tsig_name'),
  },
  api_proxy: {cert_file: needs('cert_file', 'key_file'), key_file: needs('key_file', 'cert_file')},
  secondary: {
    tsig_name: needs('tsig_name', 'tsig_secret'),
    tsig_secret: needs('tsig_secret', 'tsig_name'),
    masters: reachableMasters,
  },
}

/** The mistakes that lie between the keys of one section. */
export function betweenKeys(section: string, values: SectionValues): Mistake[] {
  return Object.entries(rules[section] ?? {}).flatMap(([key, rule]) => {
    const message = rule(values)
    return message === undefined ? [] : [{path: `${section}.${key}`, message}]
  })
}

function needs(key: string, other: string): Rule {
  return (values) => (values.given(key) && !values.given(other) ? `needs ${other}, too` : undefined)
}

function oneLogin(values: SectionValues): string | undefined {
  const ways = ['user', 'token', 'creds_file', 'nkey_file'].filter((key) => values.given(key))
  return ways.length > 1
    ? `there is more than one way to log in: choose one of ${ways.join(', ')}`
    : undefined
}

/** A syncer that listens on all addresses must be told by which one the local PowerDNS knows it. */
function reachableMasters(values: SectionValues): string | undefined {
  const masters = values.value('masters')
  if (!Array.isArray(masters) || !masters.some((address: Address) => isWildcard(address))) return undefined
  return 'must name the address by which the local PowerDNS reaches the syncer, not all addresses'
}
