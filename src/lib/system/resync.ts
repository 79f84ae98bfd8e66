import {sleep} from '../async/abort.js'
import {NoAnswerError} from '../broker/errors.js'
import type {Config} from '../config/schema.js'
import type {ZoneName} from '../dns/name.js'
import {reportOf} from '../errors.js'
import {countItems, type ResyncItem, resyncItems} from '../sync/compare/resync-items.js'
import type {ResyncPlan, ResyncReport} from '../sync/compare/resync-report.js'
import {ResyncRun} from '../sync/compare/resync-run.js'
import type {SecondaryPlan} from '../sync/compare/secondary-comparison.js'
import {SecondaryNotReadyError, UnknownZoneError} from '../sync/errors.js'
import {type Progress, ProgressMeter} from '../sync/progress.js'
import {Comparing} from './comparing.js'
import {resyncReport} from './resync-report.js'
import {activeSecondary} from './secondaries.js'
import type {System} from './system.js'

export interface ResyncOptions {
  /** These only; undefined: all. */
  zones: readonly ZoneName[] | undefined
  /** Also what compares equal. */
  force: boolean
  dryRun: boolean
  /** Whether to wait for the proof. */
  wait: boolean
  timeoutMs: number
  /** Told once, before anything is done. */
  onPlan?(plan: ResyncPlan): void
  onProgress?(progress: Progress): void
  /** Where it is aborted, the report says what was done until then. */
  signal: AbortSignal
}

const STEP_MS = 50
/** The distance between two comparisons: while nothing else is to be done, and while zones are on their way. */
const LOOK_EVERY_MS = 300
const LOOK_SELDOM_MS = 3000
/** A comparison may take a tenth of the time. */
const LOOK_SHARE = 10
const ANSWERS_WITHIN_MS = 15_000

/**
 * Compares a secondary with the store at this moment, has what differs put right, and waits until that is proved.
 * Rejects with UnknownSecondaryError, SecondaryInactiveError, SecondaryPausedError and SecondaryNotReadyError, with UnknownZoneError
 * for a zone that neither side has, and with NoAnswerError where the secondary does not answer at first.
 */
export async function resyncSecondary(
  system: System,
  config: Config,
  secondary: string,
  options: ResyncOptions,
): Promise<ResyncReport> {
  const {zones: known} = await activeSecondary(system, secondary, options.signal)
  await using comparing = Comparing.open(system, config, {keepPlans: !options.dryRun})
  const resync = new Resync(system, comparing, {...options, secondary, zonesAtFirst: known})
  const unwatch = system.watchSecondary(secondary, (receipt) => resync.run?.heard(receipt))
  try {
    await system.watching()
    return await resync.toTheEnd()
  } finally {
    unwatch()
  }
}

interface Settings extends ResyncOptions {
  secondary: string
  zonesAtFirst: number
}

class Resync {
  /** Undefined until there is a plan. */
  run: ResyncRun | undefined
  readonly #system: System
  readonly #comparing: Comparing
  readonly #settings: Settings
  readonly #startedAt = performance.now()
  readonly #meter = new ProgressMeter(performance.now())
  #items: readonly ResyncItem[] = []
  #zones: number
  #lookAt = 0
  #silentSince: number | undefined

  constructor(system: System, comparing: Comparing, settings: Settings) {
    this.#system = system
    this.#comparing = comparing
    this.#settings = settings
    this.#zones = settings.zonesAtFirst
  }

  async toTheEnd(): Promise<ResyncReport> {
    const {signal} = this.#settings
    try {
      return await this.#attempt()
    } catch (error) {
      if (signal.aborted) return this.#report('interrupted')
      if (!this.run) throw error
      return this.#report('differs', {error: reportOf(error)})
    }
  }

  async #attempt(): Promise<ResyncReport> {
    const {dryRun, wait, onPlan, force} = this.#settings
    const found = await this.#plan()
    this.#zones = found.zones
    this.#items = this.#itemsOf(found)
    const run = new ResyncRun(this.#items, {force})
    onPlan?.({items: this.#items, counts: countItems(this.#items)})
    if (dryRun) return this.#report(this.#items.length === 0 ? 'equal' : 'planned')
    this.run = run
    if (!wait) return await this.#orderAll(run)
    await this.#untilOver(run)
    return this.#report(run.left.length === 0 ? 'equal' : 'differs')
  }

  /** Waits for both sides to know what they have. */
  async #plan(): Promise<SecondaryPlan> {
    const {secondary, signal} = this.#settings
    while (!this.#isLate) {
      signal.throwIfAborted()
      const plan = await this.#comparing.plan(secondary)
      if (plan) return plan
      await sleep(LOOK_EVERY_MS, signal)
    }
    throw new SecondaryNotReadyError(`${secondary} did not know in time all that it serves`, {
      hints: ['It looks at every zone when it is started: say a longer --timeout, or try again'],
    })
  }

  #itemsOf(plan: SecondaryPlan): ResyncItem[] {
    const {zones, force} = this.#settings
    const {store} = this.#comparing
    const unknown = zones?.find(
      (zone) => !store.get(zone) && !plan.differences.some((difference) => difference.zone === zone),
    )
    if (unknown !== undefined) {
      throw new UnknownZoneError(`neither the store nor ${this.#settings.secondary} has ${unknown}`, {
        hints: ['Run `pdist zone list` for what there is'],
      })
    }
    return resyncItems(plan, store, {zones: zones && new Set(zones), force})
  }

  async #orderAll(run: ResyncRun): Promise<ResyncReport> {
    await this.#order(run, {all: true})
    return this.#report(this.#items.length === 0 ? 'equal' : 'ordered')
  }

  async #untilOver(run: ResyncRun): Promise<void> {
    const {onProgress, signal} = this.#settings
    for (;;) {
      if (run.isOver && (await this.#looksOver(run))) return
      if (this.#isLate) return
      signal.throwIfAborted()
      await this.#patiently(() => this.#order(run, {all: false}))
      if (performance.now() >= this.#lookAt) await this.#patiently(() => this.#look(run))
      onProgress?.(this.#meter.look(run.proved, run.all, performance.now()))
      await sleep(STEP_MS, signal)
    }
  }

  /** The last word has a comparison: what was proved may be other than the store has by now. */
  async #looksOver(run: ResyncRun): Promise<boolean> {
    await this.#patiently(() => this.#look(run))
    return run.isOver && this.#silentSince === undefined
  }

  /** False where there was nothing to order. */
  async #order(run: ResyncRun, {all}: {all: boolean}): Promise<boolean> {
    const {secondary, force} = this.#settings
    const {commands} = this.#system
    const orphans = run.nextOrphans(performance.now())
    if (orphans.length > 0) {
      const {streamCreated: storeCreated} = this.#comparing.store
      await commands.removeOrphans(secondary, {zones: orphans, storeCreated})
    }
    const zones = run.next(performance.now(), {all})
    if (zones.length === 0) return orphans.length > 0
    const {at} = await commands.resync(secondary, zones, {force})
    run.acknowledged(zones, at)
    return true
  }

  async #look(run: ResyncRun): Promise<true> {
    const began = performance.now()
    const {secondary, zones} = this.#settings
    const plan = await this.#comparing.look(secondary)
    if (plan)
      run.looked(
        resyncItems(plan, this.#comparing.store, {zones: zones && new Set(zones), force: false}),
        began,
      )
    const now = performance.now()
    this.#lookAt = now + Math.max(run.isIdle ? LOOK_EVERY_MS : LOOK_SELDOM_MS, (now - began) * LOOK_SHARE)
    return true
  }

  /**
   * A syncer that is just started again, or a broker, does not answer for a moment; one that says that its PowerDNS is away goes on
   * when that is back. `ask` resolves to whether anybody was asked at all.
   */
  async #patiently(ask: () => Promise<boolean>): Promise<void> {
    try {
      if (await ask()) this.#silentSince = undefined
    } catch (error) {
      if (!(error instanceof NoAnswerError) || this.#isLate) throw error
      const now = performance.now()
      this.#silentSince = error.reported === 'PDIST_POWERDNS_SILENT' ? now : (this.#silentSince ?? now)
      if (now - this.#silentSince >= ANSWERS_WITHIN_MS) throw error
      this.#lookAt = now + LOOK_SELDOM_MS
      await sleep(LOOK_EVERY_MS, this.#settings.signal)
    }
  }

  get #isLate(): boolean {
    return performance.now() - this.#startedAt >= this.#settings.timeoutMs
  }

  #report(state: ResyncReport['state'], more: Pick<ResyncReport, 'error'> = {}): Promise<ResyncReport> {
    const {secondary} = this.#settings
    const ms = Math.round(performance.now() - this.#startedAt)
    const {run} = this
    return resyncReport(this.#system, {
      secondary,
      state,
      zones: this.#zones,
      items: this.#items,
      run,
      ms,
      ...more,
    })
  }
}
