import {nameToWire, readName, type ZoneName} from '../name.js'
import {parseRdata} from '../presentation.js'
import {InvalidRdataError} from '../rdata/errors.js'
import {parseName} from '../rdata/name-text.js'
import {parseSeconds, readType} from '../rdata/numbers.js'
import type {Token} from '../rdata/tokens.js'
import {typeName} from '../types.js'
import {Type, uint32} from '../wire.js'
import {Mistakes, type Position, ZoneFileError} from './errors.js'
import {generated} from './generate.js'
import {type Entry, entriesOf} from './lexer.js'

/** A record of a zone file, and where it stands. */
export interface FileRecord extends Position {
  name: ZoneName
  type: number
  /** Seconds. */
  ttl: number
  /** Names in it are uncompressed, letters as they were written. */
  rdata: Uint8Array
}

export interface ZoneFileText {
  /** As it is named in errors. */
  file: string
  /** Each character is one byte. */
  text: string
}

export interface ReadZoneFileOptions {
  /** The first origin. */
  zone: ZoneName
  maxRecords: number
  /** The file that `$INCLUDE` names in another one; may throw a PdistError. */
  include(path: string, from: string): ZoneFileText
}

const MAX_DEPTH = 20
const ENTRIES_PER_STEP = 500
const CLASSES = new Set(['IN', 'CH', 'HS', 'CS'])
/** RFC 6895 §3.1: what is asked for or goes with a message, and is in no zone. OPT is by itself. */
const [FIRST_META, LAST_META] = [128, 255]

interface Scope {
  readonly file: string
  /** Files that include this one, and this one. */
  readonly files: readonly string[]
  /** Uncompressed. */
  origin: Uint8Array
  owner: ZoneName | undefined
}

/**
 * Reads a zone file (RFC 1035 §5): $ORIGIN, $TTL (RFC 2308 §4), $INCLUDE, BIND's $GENERATE, parentheses, escapes, times with
 * units, all types in their own presentation or that of RFC 3597. Yields now and then.
 * @throws ZoneFileError that tells every entry that is wrong
 */
export function* readZoneFile(
  main: ZoneFileText,
  options: ReadZoneFileOptions,
): Generator<void, FileRecord[]> {
  const reader = new Reader(options)
  const scope = {file: main.file, files: [main.file], origin: nameToWire(options.zone), owner: undefined}
  yield* reader.read(main, scope)
  reader.mistakes.throwIfAny()
  return reader.records
}

class Reader {
  readonly records: FileRecord[] = []
  readonly mistakes = new Mistakes()
  readonly #options: ReadZoneFileOptions
  /** Of $TTL; else that of the record before (RFC 1035 §5.1). Both hold across files. */
  #defaultTtl: number | undefined
  #lastTtl: number | undefined
  #entries = 0

  constructor(options: ReadZoneFileOptions) {
    this.#options = options
  }

  *read({file, text}: ZoneFileText, scope: Scope): Generator<void> {
    for (const entry of entriesOf(file, text)) {
      if (++this.#entries % ENTRIES_PER_STEP === 0) yield
      const directive = entry.indented ? undefined : directiveOf(entry)
      try {
        if (directive === '$INCLUDE') yield* this.#include(entry, scope)
        else if (directive === '$GENERATE') yield* this.#generate(entry, scope)
        else if (directive !== undefined) this.#directive(directive, entry, scope)
        else this.#record(entry, entry.tokens, scope, entry.indented)
      } catch (error) {
        if (!(error instanceof InvalidRdataError)) throw error
        this.mistakes.add(new ZoneFileError(entry, error.message, {cause: error, hints: error.hints}))
      }
    }
  }

  #directive(directive: string, {tokens}: Entry, scope: Scope): void {
    const [, value, ...more] = tokens
    if (!value || more.length > 0) throw new InvalidRdataError(`${directive} is followed by one word`)
    if (directive === '$ORIGIN') {
      scope.origin = parseName(value.text, scope.origin)
    } else if (directive === '$TTL') {
      const ttl = parseSeconds(value.text)
      if (ttl === undefined) throw new InvalidRdataError(`"${value.text.slice(0, 100)}" is no TTL`)
      this.#defaultTtl = ttl
    } else {
      throw new InvalidRdataError(`${directive.slice(0, 100)} is not known`, {
        hints: [
          'There are $ORIGIN, $TTL, $INCLUDE and $GENERATE; an owner that begins so is written with "\\$"',
        ],
      })
    }
  }

  /** Whatever the file does to origin and owner ends with it (RFC 1035 §5.1). */
  *#include({tokens, line}: Entry, scope: Scope): Generator<void> {
    const [, path, origin, ...more] = tokens
    if (!path || more.length > 0) {
      throw new InvalidRdataError('$INCLUDE is followed by a file, and an origin if need be')
    }
    const found = this.#options.include(path.text, scope.file)
    if (scope.files.includes(found.file)) throw new InvalidRdataError(`${found.file} includes itself`)
    if (scope.files.length > MAX_DEPTH)
      throw new InvalidRdataError(`more than ${MAX_DEPTH} files deep, at line ${line}`)
    yield* this.read(found, {
      file: found.file,
      files: [...scope.files, found.file],
      origin: origin ? parseName(origin.text, scope.origin) : scope.origin,
      owner: scope.owner,
    })
  }

  *#generate(entry: Entry, scope: Scope): Generator<void> {
    for (const tokens of generated(entry.tokens.slice(1))) {
      if (++this.#entries % ENTRIES_PER_STEP === 0) yield
      this.#record(entry, tokens, scope, false)
    }
  }

  #record({file, line}: Position, tokens: readonly Token[], scope: Scope, indented: boolean): void {
    const rest = [...tokens]
    if (!indented) scope.owner = readName(parseName(rest.shift()?.text ?? '', scope.origin), 0).name
    const {owner: name} = scope
    if (name === undefined)
      throw new InvalidRdataError('there is no record before whose owner this one could have')
    const {type, ttl: own} = takeHead(rest)
    if (own !== undefined) this.#lastTtl = own
    const rdata = rdataOf(name, type, rest, scope.origin)
    const ttl = own ?? this.#ttlOf(type, rdata)
    if (this.records.length >= this.#options.maxRecords)
      throw new ZoneFileError({file, line}, `there are more than ${this.#options.maxRecords} records`)
    this.records.push({name, type, ttl, rdata, file, line})
  }

  /** The TTL of a record that has none of its own. */
  #ttlOf(type: number, rdata: Uint8Array): number {
    // Whoever gives the SOA no TTL has always meant its last number (RFC 2308 §4 calls this usual).
    const minimum = type === Type.SOA ? uint32(rdata, rdata.length - 4) : undefined
    const ttl = this.#defaultTtl ?? this.#lastTtl ?? minimum
    // Told once: all that follow lack it as well.
    this.#lastTtl = ttl ?? 0
    if (ttl !== undefined) return ttl
    throw new InvalidRdataError('there is no TTL, here or before', {hints: ['Begin the file with `$TTL 1h`']})
  }
}

function directiveOf({tokens: [first]}: Entry): string | undefined {
  return first && !first.quoted && first.text.startsWith('$') ? first.text.toUpperCase() : undefined
}

/** Takes TTL and class, in either order and each if need be, and the type from the words behind the owner. */
function takeHead(rest: Token[]): {type: number; ttl: number | undefined} {
  let ttl: number | undefined
  for (let token = rest.shift(); token; token = rest.shift()) {
    const {text} = token
    const seconds = ttl === undefined ? parseSeconds(text) : undefined
    if (seconds !== undefined) ttl = seconds
    else if (!CLASSES.has(text.toUpperCase())) return {type: zoneType(text), ttl}
    else if (text.toUpperCase() !== 'IN') throw new InvalidRdataError(`class ${text}: only IN is known here`)
  }
  throw new InvalidRdataError('there is no RR type')
}

function zoneType(text: string): number {
  const type = readType(text)
  if (type === 0 || type === Type.OPT || (type >= FIRST_META && type <= LAST_META))
    throw new InvalidRdataError(`${text} is no type of records in a zone`)
  return type
}

function rdataOf(name: ZoneName, type: number, words: readonly Token[], origin: Uint8Array): Uint8Array {
  try {
    return parseRdata(type, words, origin)
  } catch (error) {
    if (!(error instanceof InvalidRdataError)) throw error
    const {message, hints} = error
    throw new InvalidRdataError(`${name} ${typeName(type)}: ${message}`, {cause: error, hints})
  }
}
