import {sleep} from '../async/abort.js'
import {Control} from '../broker/control.js'
import {followStates} from '../broker/state-follow.js'
import type {Config} from '../config/schema.js'
import {silentLogger} from '../logger.js'
import {Guard, type PlanBoard} from '../sync/compare/guard.js'
import {SecondaryComparison, type SecondaryPlan} from '../sync/compare/secondary-comparison.js'
import {StoreTree} from '../sync/compare/store-tree.js'
import {UnknownSecondaryError} from '../sync/errors.js'
import type {PlannedChange} from '../zone/plan.js'
import {topologyOptions} from './broker-options.js'
import {guardLimits} from './config-views.js'
import type {System} from './system.js'

export interface ResyncReport {
  secondary: string
  /** `planned` with a dry run; `differs` where something is left at the end, because of time or because it is held. */
  state: 'equal' | 'planned' | 'differs'
  /** Zones that the secondary serves. */
  zones: number
  /** What differed at first. */
  changes: readonly PlannedChange[]
  /** What still differs. */
  left: readonly PlannedChange[]
}

export interface ResyncOptions {
  dryRun: boolean
  timeoutMs: number
  /** Told of what still differs whenever that was looked at. */
  onProgress?(left: number): void
  signal: AbortSignal
}

const LOOK_EVERY_MS = 300

/**
 * Compares a secondary with the store at this moment, has what differs put right, and waits until it is proved equal.
 * Rejects with UnknownSecondaryError, and with NoAnswerError where the secondary does not answer.
 */
export async function resyncSecondary(
  system: System,
  config: Config,
  secondary: string,
  options: ResyncOptions,
): Promise<ResyncReport> {
  const known = (await system.secondaries(options.signal)).map(({secondary: name}) => name)
  if (!known.includes(secondary)) {
    throw new UnknownSecondaryError(`no secondary ${secondary} has ever sent a heartbeat`, {
      hints: [known.length > 0 ? `There are: ${known.join(', ')}` : 'Start `pdist daemon syncer` there'],
    })
  }
  const ending = new AbortController()
  const signal = AbortSignal.any([options.signal, ending.signal])
  const store = new StoreTree()
  const ignore = () => undefined
  const feed = {topology: topologyOptions(config.broker), onMalformed: ignore, onRestart: ignore, signal}
  const following = followStates(system.broker, feed, store)
  try {
    return await untilEqual(comparisonOf(system, config, store, options), secondary, options)
  } finally {
    ending.abort()
    await following
  }
}

async function untilEqual(
  comparison: SecondaryComparison,
  secondary: string,
  {dryRun, timeoutMs, onProgress, signal}: ResyncOptions,
): Promise<ResyncReport> {
  const until = performance.now() + timeoutMs
  let first: SecondaryPlan | undefined
  for (;;) {
    const plan = await comparison.plan(secondary)
    const isLate = performance.now() >= until
    if (plan) {
      first ??= plan
      const left = plan.differences
      onProgress?.(left.length)
      const nothingToDo = plan.follow.length + plan.orphans.length === 0
      if (dryRun || isLate || nothingToDo) {
        const state = left.length === 0 ? 'equal' : dryRun ? 'planned' : 'differs'
        return {secondary, state, zones: plan.zones, changes: first.differences, left}
      }
      await comparison.carryOut(plan)
    } else if (isLate) {
      return {secondary, state: 'differs', zones: 0, changes: [], left: []}
    }
    await sleep(LOOK_EVERY_MS, signal)
  }
}

function comparisonOf(
  system: System,
  config: Config,
  store: StoreTree,
  {dryRun}: Pick<ResyncOptions, 'dryRun'>,
): SecondaryComparison {
  const control = new Control(system.broker)
  return new SecondaryComparison({
    store,
    guard: new Guard({
      board: dryRun ? onlyLooking(control) : control,
      limits: guardLimits(config),
      log: silentLogger,
      now: Date.now,
    }),
    secondaries: system.commands,
    records: control,
    // Whoever asks wants to know of everything.
    isUnderWay: () => false,
    limitOf: () => Number.POSITIVE_INFINITY,
    log: silentLogger,
    now: Date.now,
  })
}

function onlyLooking(board: PlanBoard): PlanBoard {
  const nothing = async () => undefined
  return {status: (id) => board.status(id), list: () => board.list(), hold: nothing, drop: nothing}
}
