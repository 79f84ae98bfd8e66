import {sleep} from '../../async/abort.js'
import type {Logger} from '../../logger.js'
import type {PlannedChange} from '../../zone/plan.js'
import type {Repairs} from '../provide/repairs.js'
import {
  comparePrimary,
  type ListedZone,
  type PrimaryDifference,
  type PrimaryDifferences,
} from './compare-primary.js'
import type {Guard} from './guard.js'
import {RepairBackoff} from './repair-backoff.js'
import type {StorePicture} from './store-picture.js'

export interface PrimaryComparisonOptions {
  picture: StorePicture
  /** All zones of the primary. */
  listZones(signal: AbortSignal): AsyncIterable<ListedZone>
  /** The store's newest revision at this moment. */
  newestRevision(): Promise<number>
  guard: Pick<Guard, 'admit'>
  repairs: Pick<Repairs, 'run'>
  /** Told when the store lacks none of the primary's zones. */
  onComplete(compared: {at: number; zones: number; differences: number; storeCreated: string}): Promise<void>
  log: Logger
  now(): number
}

/** What one comparison found and did. */
export interface ComparisonReport {
  zones: number
  differences: number
  /** Zones that were looked at, and how many of those looks failed. */
  repaired: number
  failed: number
  /** Deletions that the guard holds. */
  held: number
}

/** A change that came through the API has its event by then: it is no difference. */
const SETTLE_MS = 1000
const PICTURE_WITHIN_MS = 5000
const LOOK_EVERY_MS = 10
const AT_MOST_LISTED = 10

/** Finds what differs between the primary and the zone store, and has it repaired as far as the guard lets it. */
export class PrimaryComparison {
  readonly #options: PrimaryComparisonOptions
  readonly #backoff = new RepairBackoff()
  /** Said once. */
  #doubt: string | undefined

  constructor(options: PrimaryComparisonOptions) {
    this.#options = options
  }

  /**
   * One whole comparison with what came of it; undefined where there is no whole picture of one store all the while.
   * Rejects where the primary does not list its zones or the broker is away.
   */
  async run(signal: AbortSignal): Promise<ComparisonReport | undefined> {
    const {picture} = this.#options
    const {streamCreated, revision, resets} = picture
    const isSame = () => picture.complete && picture.resets === resets
    if (!isSame()) return undefined
    const found = await comparePrimary(picture, this.#listed(isSame, signal))
    if (!isSame()) return undefined
    if (found.differences.length > 0) await sleep(SETTLE_MS, signal)
    if (!isSame()) return undefined
    const report = await this.#repair(found, revision, signal)
    await this.#pictured(signal)
    // Nobody knows whether an empty list is the truth, so it says nothing about what the store lacks.
    const known = found.zones > 0 && found.doubt === undefined
    if (known && isSame() && !found.differences.some((each) => this.#isMissing(each))) {
      const {zones, differences} = report
      await this.#options.onComplete({
        at: this.#options.now(),
        zones,
        differences,
        storeCreated: streamCreated,
      })
    }
    return report
  }

  /** All zones of the primary, or, where the picture ends meanwhile, some: there is nothing to compare the others with. */
  async *#listed(isSame: () => boolean, signal: AbortSignal): AsyncGenerator<ListedZone> {
    for await (const zone of this.#options.listZones(signal)) {
      if (!isSame()) return
      yield zone
    }
  }

  async #repair(
    {differences, zones, doubt}: PrimaryDifferences,
    since: number,
    signal: AbortSignal,
  ): Promise<ComparisonReport> {
    const {picture, guard, repairs, log} = this.#options
    // What changed in the store since is not what was compared.
    const still = differences.filter(({zone}) => (picture.get(zone)?.revision ?? 0) <= since)
    if (doubt && doubt !== this.#doubt) {
      log.warn({event: 'primary.listing_empty', doubt, zones}, 'what is gone from the primary is unknown')
    }
    this.#doubt = doubt
    // Of no plan can be said that it is no longer found.
    const plan = doubt ? still : await guard.admit({kind: 'store'}, still, picture.versions)
    const allowed = new Set<PlannedChange>(plan)
    const admitted = still.filter((each) => allowed.has(each))
    this.#backoff.keepOnly(new Set(still.map(({zone}) => zone)))
    const due = this.#due(admitted)
    if (due.length > 0) this.#tell(due)
    const wanted = due.map(({zone, action}) => ({zone, gone: action === 'delete'}))
    const failed = (await repairs.run(wanted, 'comparison', signal)).size
    const held = still.length - admitted.length
    return {zones, differences: still.length, repaired: due.length, failed, held}
  }

  /** Deletions, which the guard lets through only once, are never put off. */
  #due(admitted: readonly PrimaryDifference[]): PrimaryDifference[] {
    const now = this.#options.now()
    const due = admitted.filter(
      (each) => each.action === 'delete' || this.#backoff.isDue(each.zone, whatOf(each), now),
    )
    for (const each of due) this.#backoff.tried(each.zone, whatOf(each), now)
    return due
  }

  #tell(due: readonly PrimaryDifference[]): void {
    const listed = due.slice(0, AT_MOST_LISTED).map(({zone, because}) => `${zone} ${because}`)
    this.#options.log.info(
      {event: 'primary.differs', count: due.length, zones: listed},
      'the primary differs from the store',
    )
  }

  #isMissing({zone, action, empty}: PrimaryDifference): boolean {
    return action === 'create' && !empty && this.#options.picture.get(zone)?.kind !== 'version'
  }

  /** Waits until what the repairs stored is in the picture; not for ever, since a newest message may have been removed. */
  async #pictured(signal: AbortSignal): Promise<void> {
    const {picture, newestRevision} = this.#options
    const newest = await newestRevision()
    for (let waited = 0; picture.revision < newest && waited < PICTURE_WITHIN_MS; waited += LOOK_EVERY_MS) {
      await sleep(LOOK_EVERY_MS, signal)
    }
  }
}

function whatOf({action, serial}: PrimaryDifference): string {
  return `${action} ${serial ?? ''}`
}
