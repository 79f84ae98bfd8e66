import {sleep} from '../async/abort.js'
import {backoff} from '../async/backoff.js'
import type {ZoneName} from '../dns/name.js'
import {PdistError} from '../errors.js'
import {zoneKey} from '../zone/key.js'
import {type Answer, accepted, lockedOut, wordsOf} from './answer.js'
import {PowerDnsUnavailableError} from './errors.js'
import {HttpConnections, textOf} from './http.js'
import {ListPatience} from './list-patience.js'
import {ObjectSplitter} from './object-splitter.js'
import type {ApiZone} from './zone-object.js'
import {readListedZone, readMetadata, readServerVersion, readZone} from './zone-object.js'

export interface PowerDnsOptions {
  /** Where the API is, e.g. `http://[::1]:8081`. */
  apiUrl: string
  apiKey: string
  serverId: string
  /** Milliseconds until a request counts as failed. */
  timeoutMs?: number
  /** Whether the next connection is open before it is needed; not by default. */
  ready?: boolean
}

/** Where masters are, as PowerDNS has them (`[::1]:20102`), and which keys it signs its requests with. */
export interface NewSecondary {
  masters: readonly string[]
  tsigKeyIds?: readonly string[]
}

/**
 * Settings of a zone that is to stay as its RRsets are given. PowerDNS's default is to make a newer serial with each change, and to go
 * through the whole zone to order its names, which takes a second for 300,000 records.
 */
export const AS_GIVEN = {soa_edit_api: '', api_rectify: false}

const LOCKED_TRIES = 8
const CALL_MS = 10_000
/** A zone without its records is some 300 bytes, and more with many masters. */
const MAX_OBJECT_BYTES = 1024 * 1024

/**
 * One PowerDNS's HTTP API, as far as pdist uses it. Every method rejects with PowerDnsUnavailableError,
 * PowerDnsUnauthorizedError, PowerDnsRequestError or PowerDnsAnswerError, or with the signal's reason.
 */
export class PowerDnsClient {
  readonly #connections: HttpConnections
  readonly #options: PowerDnsOptions
  readonly #base: string
  readonly #listPatience: ListPatience

  constructor(options: PowerDnsOptions) {
    const url = new URL(options.apiUrl)
    this.#options = options
    this.#base = `${url.pathname.replace(/\/$/, '')}/api/v1/servers/${encodeURIComponent(options.serverId)}`
    const {timeoutMs: silenceMs = CALL_MS, ready = false} = options
    this.#listPatience = new ListPatience(silenceMs)
    this.#connections = new HttpConnections(url, {connections: 16, silenceMs, ready})
  }

  close(): void {
    this.#connections.close()
  }

  /** A call is about to come: it finds its connection open. */
  prepare(): void {
    this.#connections.prepare()
  }

  async serverVersion(signal: AbortSignal): Promise<string> {
    return readServerVersion(await this.#call('GET', '', signal))
  }

  /** What it answers to a question of any kind; undefined where it has no such thing (404). */
  async get(path: string, signal: AbortSignal): Promise<string | undefined> {
    const answer = await this.request('GET', path, signal)
    return answer.status === 404 ? undefined : accepted(answer)
  }

  /**
   * Every zone of this server, one after the other as they come, however many there are; with `dnssec` (the default)
   * `editedSerial` and `signed` are there, which costs PowerDNS more. It begins to answer when it has looked at all of them: some
   * 25 to 60 µs for each.
   */
  async *eachZone(signal: AbortSignal, {dnssec = true} = {}): AsyncGenerator<ApiZone> {
    const splitter = new ObjectSplitter({maxBytes: MAX_OBJECT_BYTES})
    for await (const chunk of this.#stream(`/zones?dnssec=${dnssec}`, signal)) {
      for (const text of splitter.push(chunk)) {
        const zone = readListedZone(text)
        if (zone) yield zone
      }
    }
    splitter.end()
  }

  /** The zone without its records, or undefined where PowerDNS has no such zone. */
  async getZone(zone: ZoneName, signal: AbortSignal): Promise<ApiZone | undefined> {
    const answer = await this.request('GET', `${zonePath(zone)}?rrsets=false`, signal)
    if (answer.status === 404) return undefined
    return readZone(accepted(answer))
  }

  /**
   * Creates a secondary zone, with `settings` of the zone's object. False, and nothing changed, where PowerDNS has a zone of this
   * name.
   */
  async createSecondary(
    zone: ZoneName,
    {masters, tsigKeyIds = []}: NewSecondary,
    signal: AbortSignal,
    settings: object = {},
  ): Promise<boolean> {
    const keys = tsigKeyIds.length > 0 ? {slave_tsig_key_ids: tsigKeyIds} : {}
    const body = {name: zone, kind: 'Slave', masters, ...keys, ...settings}
    const answer = await this.request('POST', '/zones?rrsets=false', signal, body)
    if (answer.status === 409) return false
    accepted(answer)
    return true
  }

  /** Gives PowerDNS a TSIG key, in place of an older one of that name, and returns its id. The secret is base64. */
  async setTsigKey(
    {name, algorithm, secret}: {name: ZoneName; algorithm: string; secret: string},
    signal: AbortSignal,
  ): Promise<string> {
    const body = {name, algorithm, key: secret, type: 'TSIGKey'}
    const path = `/tsigkeys/${zoneKey(name)}.`
    const {status} = await this.request('GET', path, signal)
    if (status === 404) await this.#call('POST', '/tsigkeys', signal, body)
    else await this.#call('PUT', path, signal, body)
    return name
  }

  async deleteZone(zone: ZoneName, signal: AbortSignal): Promise<'deleted' | 'absent'> {
    const answer = await this.request('DELETE', zonePath(zone), signal)
    if (answer.status === 404) return 'absent'
    accepted(answer)
    return 'deleted'
  }

  /**
   * Queues a transfer of a secondary zone. PowerDNS says nothing of its end, and drops the request silently while the
   * zone is being transferred. False where PowerDNS has no such zone.
   */
  async retrieve(zone: ZoneName, signal: AbortSignal): Promise<boolean> {
    const answer = await this.request('PUT', `${zonePath(zone)}/axfr-retrieve`, signal)
    if (answer.status === 404) return false
    accepted(answer)
    return true
  }

  /** Has PowerDNS leave a zone as its RRsets are given. */
  async keepAsGiven(zone: ZoneName, signal: AbortSignal): Promise<void> {
    await this.#call('PUT', zonePath(zone), signal, AS_GIVEN)
  }

  /**
   * Empties PowerDNS's packet and query cache of the whole zone and refreshes its entry in the zone cache; with `metadata`
   * also the cache of its metadata, which this call leaves alone. That writes to the database, so it waits for a transfer.
   */
  async flush(zone: ZoneName, signal: AbortSignal, {metadata = false} = {}): Promise<void> {
    if (metadata) await this.#forgetMetadata(zone, signal)
    await this.#call('PUT', `/cache/flush?domain=${encodeURIComponent(zone)}`, signal)
  }

  /** The values of one kind of a zone's metadata; none where there is no such zone. */
  async metadata(zone: ZoneName, kind: string, signal: AbortSignal): Promise<readonly string[]> {
    const answer = await this.request('GET', `${zonePath(zone)}/metadata/${kind}`, signal)
    return answer.status === 404 ? [] : readMetadata(accepted(answer))
  }

  /** Gives a zone NSEC3 without extra iterations, salt or opt-out (RFC 9276 §3.1). */
  async setNsec3(zone: ZoneName, signal: AbortSignal): Promise<void> {
    await this.#call('PUT', zonePath(zone), signal, {nsec3param: '1 0 0 -', nsec3narrow: false})
  }

  /** Orders a zone's names anew for its denial of existence. */
  async rectify(zone: ZoneName, signal: AbortSignal): Promise<void> {
    await this.#call('PUT', `${zonePath(zone)}/rectify`, signal)
  }

  /** PowerDNS forgets a zone's metadata when any kind is removed, also one that the zone does not have. */
  async #forgetMetadata(zone: ZoneName, signal: AbortSignal): Promise<void> {
    const answer = await this.request('DELETE', `${zonePath(zone)}/metadata/X-PDIST-NONE`, signal)
    if (answer.status !== 404) accepted(answer)
  }

  async #call(method: Method, path: string, signal: AbortSignal, body?: object): Promise<string> {
    return accepted(await this.request(method, path, signal, body))
  }

  /**
   * Any call; `path` begins behind the server's id, and any status is an answer. A request that meets a locked database is
   * repeated: it was refused before it changed anything, but for a new zone, which may be there already, without records.
   */
  async request(method: Method, path: string, signal: AbortSignal, body?: object): Promise<Answer> {
    let tries = 0
    for (const delay of backoff({firstMs: 5, maxMs: 200})) {
      const answer = await this.#send(method, path, signal, body)
      if (!lockedOut(answer) || ++tries >= LOCKED_TRIES) return answer
      await sleep(delay, signal)
    }
    throw new Error('unreachable: a backoff never ends')
  }

  async #send(method: Method, path: string, signal: AbortSignal, body?: object): Promise<Answer> {
    const json = body ? {body: JSON.stringify(body)} : {}
    const request = {method, path: this.#base + path, headers: this.#headers(body !== undefined), ...json}
    try {
      return await this.#connections.ask(request, signal)
    } catch (cause) {
      signal.throwIfAborted()
      throw this.#unavailable(method, path, cause)
    }
  }

  /** The body of a long answer, as it comes. */
  async *#stream(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const patience = this.#listPatience
    const asked = {path: this.#base + path, headers: this.#headers(false), headMs: patience.ms}
    const began = performance.now()
    try {
      const answer = await this.#connections.open({method: 'GET', ...asked}, signal)
      const tookMs = performance.now() - began
      if (answer.statusCode !== 200) accepted({status: answer.statusCode ?? 0, text: await textOf(answer)})
      patience.took(tookMs)
      yield* answer as AsyncIterable<Uint8Array>
    } catch (cause) {
      signal.throwIfAborted()
      patience.failed()
      throw cause instanceof PdistError ? cause : this.#unavailable('GET', path, cause)
    }
  }

  #headers(hasBody: boolean): Record<string, string> {
    const key = {'x-api-key': this.#options.apiKey}
    return hasBody ? {...key, 'content-type': 'application/json'} : key
  }

  #unavailable(method: Method, path: string, cause: unknown): PowerDnsUnavailableError {
    return new PowerDnsUnavailableError(
      `the PowerDNS API at ${this.#options.apiUrl} did not answer ${method} ${path}: ${wordsOf(cause)}`,
      {cause, hints: ['Check that pdns is running with `api=yes` and that `api_url` names its webserver']},
    )
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Where a zone is, behind the server's id. */
export function zonePath(zone: ZoneName): string {
  return `/zones/${zoneKey(zone)}${zone === '.' ? '' : '.'}`
}
