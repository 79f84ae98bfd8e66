import {parseContent, printRdata} from '../dns/presentation.js'
import {InvalidRdataError} from '../dns/rdata/errors.js'
import {rrsetOf} from '../dns/rrset.js'
import {typeName} from '../dns/types.js'
import {ESCAPES_TWICE_SINCE} from '../doctor/primary.js'
import {isAtLeast} from '../doctor/versions.js'
import {PowerDnsAnswerError} from '../powerdns/errors.js'
import type {ApiChange, ApiRrset} from '../powerdns/rrsets.js'
import type {PrimaryRrset, RrsetChange} from '../sync/import/plan-import.js'

/**
 * The types of whose records PowerDNS's API (4.7) takes the text. It takes all others, A6 and SIG among them, only as RFC 3597
 * has them.
 */
const TEXT_TYPES = new Set([
  ...[1, 2, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 18, 25, 28, 29, 33, 35, 36, 37, 39, 42, 43, 44, 45],
  ...[48, 49, 52, 53, 57, 59, 60, 61, 62, 63, 64, 65, 99, 104, 105, 106, 107, 108, 109, 256, 257],
  ...[32769, 65401, 65402],
])

/** How many levels of escapes PowerDNS's API takes away from a content. */
export type EscapeLevels = 1 | 2

/**
 * From 5.1 on the API "normalizes" contents: it takes one level of escapes away before it reads them as a zone file's, so that
 * of `"a\\b"` the text `ab` is left, and `a\.b` becomes two labels. What it answers has one level, as before.
 */
export function escapeLevelsOf(version: string): EscapeLevels {
  return isAtLeast(version, ESCAPES_TWICE_SINCE) ? 2 : 1
}

/** Throws PowerDnsAnswerError where the primary has a record that cannot be read. */
export function primaryRrsetOf({name, type, ttl, records}: ApiRrset): PrimaryRrset {
  const served = records.filter(({disabled}) => !disabled)
  try {
    const members = served.map(({content}) => ({ttl, rdata: parseContent(type, content)}))
    const disabled = records.filter((record) => record.disabled).map(({content}) => content)
    return {rrset: rrsetOf(name, type, members), disabled}
  } catch (cause) {
    if (!(cause instanceof InvalidRdataError)) throw cause
    throw new PowerDnsAnswerError(
      `the primary has a ${typeName(type)} at ${name} that cannot be compared: ${cause.message}`,
      {
        cause,
        hints: ['Correct or delete it there'],
      },
    )
  }
}

export function apiChangeOf(change: RrsetChange, levels: EscapeLevels = 1): ApiChange {
  const {name, type} = change
  const generic = !TEXT_TYPES.has(type)
  if (change.do === 'delete') return {name, type, ttl: 0, records: [], generic}
  const contents = change.rdatas.map(({record}) => printRdata(record, {style: 'api', generic}))
  const escaped = (content: string) => (levels === 1 ? content : escapedAgain(content))
  return {
    ...{name, type, generic},
    ttl: change.rdatas[0]?.ttl ?? 0,
    records: [
      ...contents.map((content) => ({content: escaped(content), disabled: false})),
      ...change.disabled.map((content) => ({content: escaped(content), disabled: true})),
    ],
  }
}

/** Whether a change has anything that an API may read in two ways. */
export function hasEscapes({records}: ApiChange): boolean {
  return records.some(({content}) => content.includes('\\'))
}

/** The form of RFC 3597 excepted, which stays as it is. */
export function escapedAgain(content: string): string {
  if (content.startsWith('\\#')) return content
  return content.replace(/\\(?:\d{3}|.)/g, (escaped) =>
    escaped.length === 2 ? `\\\\${escaped}` : `\\${escaped}`,
  )
}
