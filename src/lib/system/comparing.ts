import {Control} from '../broker/control.js'
import {followStates} from '../broker/state-follow.js'
import type {Config} from '../config/schema.js'
import {silentLogger} from '../logger.js'
import {Guard, type PlanBoard} from '../sync/compare/guard.js'
import {SecondaryComparison, type SecondaryPlan} from '../sync/compare/secondary-comparison.js'
import {StoreTree} from '../sync/compare/store-tree.js'
import {topologyOptions} from './broker-options.js'
import {guardLimits} from './config-views.js'
import type {System} from './system.js'

/** A picture of the store that is kept up to date, for comparing secondaries with it. */
export class Comparing implements AsyncDisposable {
  readonly store = new StoreTree()
  readonly #comparison: SecondaryComparison
  readonly #looking: SecondaryComparison
  readonly #ending = new AbortController()
  readonly #following: Promise<void>

  private constructor(system: System, config: Config, {keepPlans}: {keepPlans: boolean}) {
    const ignore = () => undefined
    const {signal} = this.#ending
    const topology = topologyOptions(config.broker)
    const feed = {topology, onMalformed: ignore, onRestart: ignore, signal}
    this.#following = followStates(system.broker, feed, this.store)
    const control = new Control(system.broker)
    const board = keepPlans ? control : onlyLooking(control)
    const guard = new Guard({board, limits: guardLimits(config), log: silentLogger, now: Date.now})
    const common = {
      store: this.store,
      secondaries: system.commands,
      records: control,
      // Whoever asks wants to know of everything.
      isUnderWay: () => false,
      limitOf: () => Number.POSITIVE_INFINITY,
      log: silentLogger,
      now: Date.now,
    }
    this.#comparison = new SecondaryComparison({...common, guard})
    // What the guard let through once counts once.
    this.#looking = new SecondaryComparison({...common, guard: {admit: async () => []}})
  }

  /** Without `keepPlans`, what would have to be held is not put up for a decision. */
  static open(system: System, config: Config, options: {keepPlans: boolean}): Comparing {
    return new Comparing(system, config, options)
  }

  /** Undefined where one of the two sides does not know yet all that it has. Rejects with NoAnswerError. */
  plan(secondary: string): Promise<SecondaryPlan | undefined> {
    return this.#comparison.plan(secondary)
  }

  /** The same, with all that the store does not know kept back. */
  look(secondary: string): Promise<SecondaryPlan | undefined> {
    return this.#looking.plan(secondary)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    await this.#following
  }
}

function onlyLooking(board: PlanBoard): PlanBoard {
  const nothing = async () => undefined
  return {status: (id) => board.status(id), list: () => board.list(), hold: nothing, drop: nothing}
}
