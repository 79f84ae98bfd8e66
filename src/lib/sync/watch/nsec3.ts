import {sleep} from '../../async/abort.js'
import {Slots} from '../../async/slots.js'
import type {ZoneName} from '../../dns/name.js'

/** A zone as the primary's API describes it. */
export interface PrimaryZone {
  zone: ZoneName
  kind: 'primary' | 'secondary' | 'native' | 'other'
  signed: boolean
  /** Empty: its denial is plain NSEC. */
  nsec3param: string
}

/** Why a zone's denial is left as it is. */
export type LeftAlone = 'exempt' | 'unsigned' | 'secondary' | 'nsec3' | 'presigned'

/** Undefined where the zone should get NSEC3. What is not signed by PowerDNS itself, or was decided by somebody, stays. */
export function leftAlone(
  {zone, kind, signed, nsec3param}: PrimaryZone,
  {exempt, presigned}: {exempt: ReadonlySet<ZoneName>; presigned: boolean},
): LeftAlone | undefined {
  if (exempt.has(zone)) return 'exempt'
  if (!signed) return 'unsigned'
  if (kind === 'secondary') return 'secondary'
  if (nsec3param !== '') return 'nsec3'
  return presigned ? 'presigned' : undefined
}

/** The primary's API, as far as it is needed to change the denial of its zones. */
export interface DenialApi {
  /** The names of all zones that are signed; a listing that fails rejects. */
  signedZones(signal: AbortSignal): Promise<readonly ZoneName[]>
  /** Undefined where there is no such zone. */
  zone(zone: ZoneName, signal: AbortSignal): Promise<PrimaryZone | undefined>
  isPresigned(zone: ZoneName, signal: AbortSignal): Promise<boolean>
  /** Gives it NSEC3 with the parameters of RFC 9276 §3.1. */
  setNsec3(zone: ZoneName, signal: AbortSignal): Promise<void>
  rectify(zone: ZoneName, signal: AbortSignal): Promise<void>
}

export interface Nsec3Options {
  api: DenialApi
  exempt: ReadonlySet<ZoneName>
  /** Tells of the change, which bypassed the api-proxy. */
  publish(zone: ZoneName): Promise<void>
  everyMs: number
  onActivated(zone: ZoneName): void
  /** It is tried again in the next round. Without a zone the listing failed. */
  onFailed(zone: ZoneName | undefined, error: unknown): void
  random?(): number
}

const AT_ONCE = 4

/** Gives NSEC3 to the signed zones of the primary that have plain NSEC, again and again: some may be signed later. */
export class Nsec3Activation {
  readonly #options: Required<Nsec3Options>
  /** Changed, but not yet rectified and told of. */
  readonly #begun = new Set<ZoneName>()

  constructor(options: Nsec3Options) {
    this.#options = {random: Math.random, ...options}
  }

  /** Goes on for ever; resolves when aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const {everyMs, random} = this.#options
    while (!signal.aborted) {
      await this.round(signal)
      await sleep(everyMs * (0.5 + random()), signal).catch(() => undefined)
    }
  }

  /** Looks at every signed zone once. Never rejects. */
  async round(signal: AbortSignal): Promise<void> {
    const {api, onFailed} = this.#options
    try {
      const slots = new Slots(AT_ONCE)
      const zones = await api.signedZones(signal)
      await Promise.all(zones.map((zone) => slots.hold(() => this.#look(zone, signal))))
    } catch (error) {
      if (!signal.aborted) onFailed(undefined, error)
    }
  }

  async #look(zone: ZoneName, signal: AbortSignal): Promise<void> {
    const {api, publish, onActivated, onFailed} = this.#options
    if (signal.aborted) return
    try {
      if (await this.#isWanted(zone, signal)) {
        this.#begun.add(zone)
        await api.setNsec3(zone, signal)
      } else if (!this.#begun.has(zone)) return
      await api.rectify(zone, signal)
      await publish(zone)
      this.#begun.delete(zone)
      onActivated(zone)
    } catch (error) {
      if (!signal.aborted) onFailed(zone, error)
    }
  }

  async #isWanted(name: ZoneName, signal: AbortSignal): Promise<boolean> {
    const {api, exempt} = this.#options
    if (exempt.has(name)) return false
    const zone = await api.zone(name, signal)
    if (!zone || leftAlone(zone, {exempt, presigned: false})) return false
    return leftAlone(zone, {exempt, presigned: await api.isPresigned(name, signal)}) === undefined
  }
}
