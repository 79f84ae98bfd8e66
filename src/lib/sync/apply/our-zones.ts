import type {ZoneName} from '../../dns/name.js'
import {ForeignZoneError} from '../errors.js'
import {isOurs, type LocalZone, type SecondaryApi} from '../secondary.js'

export interface OurZonesOptions {
  api: Pick<SecondaryApi, 'createSecondary' | 'deleteZone' | 'getZone' | 'retrieve'>
  /** Where the local PowerDNS transfers from, as it stores it: `[::1]:20102`. */
  masters: readonly string[]
}

/** The zones that are known to be at the local PowerDNS, and ours; whatever shows otherwise has them forgotten. */
export class OurZones {
  readonly #options: OurZonesOptions
  readonly #known = new Set<ZoneName>()

  constructor(options: OurZonesOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#known.size
  }

  has(zone: ZoneName): boolean {
    return this.#known.has(zone)
  }

  note(zone: ZoneName): void {
    this.#known.add(zone)
  }

  /** It is looked for again before the next time. */
  forget(zone: ZoneName): void {
    this.#known.delete(zone)
  }

  /** The zone is there and ours afterwards. Rejects with ForeignZoneError, or an error of the API. */
  async ensure(zone: ZoneName, signal: AbortSignal): Promise<'created' | 'found'> {
    if (this.#known.has(zone)) return 'found'
    const {api, masters} = this.#options
    // What was there at the start is known, so it is most likely new: one call instead of two.
    const outcome = (await api.createSecondary(zone, masters, signal)) ? 'created' : 'found'
    if (outcome === 'found') await this.#look(zone, signal)
    this.#known.add(zone)
    return outcome
  }

  /** Has PowerDNS transfer the zone. Rejects as `ensure` does. */
  async request(zone: ZoneName, signal: AbortSignal): Promise<void> {
    const {api} = this.#options
    if (await api.retrieve(zone, signal)) return
    // Somebody deleted the zone behind our back.
    this.forget(zone)
    await this.ensure(zone, signal)
    await api.retrieve(zone, signal)
  }

  /** False where it was not there. Rejects as `ensure` does. */
  async delete(zone: ZoneName, signal: AbortSignal): Promise<boolean> {
    const local = await this.#look(zone, signal)
    if (local) await this.#options.api.deleteZone(zone, signal)
    this.forget(zone)
    return local !== undefined
  }

  async #look(zone: ZoneName, signal: AbortSignal): Promise<LocalZone | undefined> {
    const {api, masters} = this.#options
    const local = await api.getZone(zone, signal)
    if (local && !isOurs(local, masters)) throw foreign(local)
    return local
  }
}

function foreign({zone, kind, masters}: LocalZone): ForeignZoneError {
  const from = masters.length > 0 ? ` with masters ${masters.join(', ')}` : ''
  return new ForeignZoneError(
    `this PowerDNS has ${zone} as a ${kind} zone${from}, which pdist did not make`,
    {
      hints: [
        `Delete it here if pdist should serve it: \`pdnsutil delete-zone ${zone}\``,
        'After a change of `secondary.masters`, list the former addresses there as well',
      ],
    },
  )
}
