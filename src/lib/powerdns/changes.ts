import {type ZoneName, zoneName} from '../dns/name.js'
import type {EventVerb} from '../zone/event.js'

/** A call that changes a zone. `in-body`: the zone is the `name` of the JSON object in the request's body. */
export interface ChangingCall {
  verb: EventVerb
  zone: ZoneName | 'in-body'
}

type ZoneIn = 'body' | 'path' | 'query'

/**
 * Every call of PowerDNS's HTTP API, 4.7 to 5.1, that changes what a zone's secondaries should serve. The first row that fits
 * decides, in the order of PowerDNS's own registrations. Where versions differ, a call that one of them takes is here:
 * recognising too much costs one look at a zone, recognising too little loses a change.
 */
const CALLS: ReadonlyArray<readonly [methods: string, path: string, verb: EventVerb, zone: ZoneIn]> = [
  ['PUT', '/cache/flush', 'refresh', 'query'],
  ['PUT', '/zones/<id>/axfr-retrieve', 'refresh', 'path'],
  ['POST PUT DELETE', '/zones/<id>/cryptokeys/<key>', 'modified', 'path'],
  ['POST', '/zones/<id>/cryptokeys', 'modified', 'path'],
  ['PUT DELETE', '/zones/<id>/metadata/<kind>', 'modified', 'path'],
  ['POST', '/zones/<id>/metadata', 'modified', 'path'],
  ['PUT', '/zones/<id>/notify', 'refresh', 'path'],
  ['PUT', '/zones/<id>/rectify', 'modified', 'path'],
  ['PUT PATCH', '/zones/<id>', 'modified', 'path'],
  ['DELETE', '/zones/<id>', 'deleted', 'path'],
  ['POST', '/zones', 'added', 'body'],
]

const ROUTES = CALLS.map(([methods, path, verb, zone]) => ({
  methods: new Set(methods.split(' ')),
  pattern: patternOf(path),
  verb,
  zone,
}))

/**
 * Recognises a call that changes a zone, as PowerDNS's router and decoders (YaHTTP, `apiZoneIdToName`) read it.
 * @param method in any case
 * @param target the request target as it came: path and query, not decoded; each character is one byte
 * @returns undefined where nothing changes, also for a zone id that PowerDNS refuses
 */
export function changingCall(method: string, target: string): ChangingCall | undefined {
  const {path, query} = split(target)
  const upper = method.toUpperCase()
  for (const {methods, pattern, verb, zone} of ROUTES) {
    if (!methods.has(upper)) continue
    const found = pattern.exec(path)
    if (!found) continue
    if (zone === 'body') return {verb, zone: 'in-body'}
    const name = zone === 'path' ? zoneOfId(found.groups?.id ?? '') : nameOf(parameter(query, 'domain'))
    return name && {verb, zone: name}
  }
  return undefined
}

/** YaHTTP's router: a parameter ends at the next slash, but the last one takes all that is left, slashes too. */
function patternOf(path: string): RegExp {
  const parts = path.replace(/<(\w+)>(.?)/g, (_, name: string, next: string) =>
    next === '' ? `(?<${name}>.+)` : `(?<${name}>[^/]*)${next}`,
  )
  return new RegExp(`^/api/v1/servers/[^/]*${parts}$`, 's')
}

/** YaHTTP's URL parser: a `#` ends the query, but not the path; the user part of a whole URL may hold slashes. */
function split(target: string): {path: string; query: string} {
  const origin = target.startsWith('/') ? target : target.replace(/^[^:]*:\/\/(?:[^@]*@)?[^/]*/, '')
  const mark = origin.indexOf('?')
  if (mark < 0) return {path: origin, query: ''}
  const query = origin.slice(mark + 1)
  return {path: origin.slice(0, mark), query: query.split('#', 1)[0] ?? ''}
}

/** YaHTTP's query: names without regard to case, the last one wins, an empty name ends it. */
function parameter(query: string, wanted: string): string {
  let value = ''
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=')
    const name = equals < 0 ? pair : pair.slice(0, equals)
    if (name === '') break
    if (percentDecoded(name).toLowerCase() === wanted) value = equals < 0 ? '' : pair.slice(equals + 1)
  }
  return percentDecoded(value)
}

/** YaHTTP decodes a decoded percent sign again: `%2541` is `A`. What is no code stays, and no code begins inside it. */
function percentDecoded(text: string): string {
  let decoded = ''
  let from = 0
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', from)) {
    decoded += text.slice(from, at)
    let byte = '%'
    // A decoded percent sign stands where the last digit of its code stood.
    for (; byte === '%' && isHex(text, at + 1); at += 2) {
      byte = String.fromCharCode(Number.parseInt(text.slice(at + 1, at + 3), 16))
    }
    from = byte === '%' ? at + 3 : at + 1
    decoded += byte === '%' ? `%${text.slice(at + 1, from)}` : byte
  }
  return decoded + text.slice(from)
}

function isHex(text: string, at: number): boolean {
  return /^[0-9a-f]{2}$/i.test(text.slice(at, at + 2))
}

/** PowerDNS's zone id: `=XX` with upper-case digits. An `=` before anything else is an error there, and here. */
function zoneOfId(id: string): ZoneName | undefined {
  const decoded = percentDecoded(id)
  if (/=(?![0-9A-F]{2})/.test(decoded)) return undefined
  return nameOf(decoded.replace(/=(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))))
}

/** `text` is bytes: those that are no visible ASCII are written as a name's text writes them. */
function nameOf(text: string): ZoneName | undefined {
  if (text.length > MAX_TEXT) return undefined
  const escaped = text.replace(/[^!-~]/g, (byte) => `\\${String(byte.charCodeAt(0)).padStart(3, '0')}`)
  try {
    return zoneName(escaped)
  } catch {
    return undefined // PowerDNS cannot read this name either: it answers 4xx and changes nothing.
  }
}

/** 255 bytes, each as `\DDD`, are the longest text of a name. */
const MAX_TEXT = 4 * 255
