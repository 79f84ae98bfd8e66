import {isAbortOf, sleep} from '../../lib/async/abort.js'
import {jittered} from '../../lib/async/jitter.js'
import type {Control} from '../../lib/broker/control.js'
import type {Config} from '../../lib/config/schema.js'
import type {ComparisonOutcome, SecondaryComparison} from '../../lib/sync/compare/secondary-comparison.js'
import {ignoring, restarting} from '../broker.js'
import type {DaemonContext} from '../runner.js'

interface Parts {
  watch: {readonly comparable: readonly string[]}
  comparison: Pick<SecondaryComparison, 'compare'>
  control: Pick<Control, 'watchDecisions'>
}

interface Turn {
  dueAt: number
  /** How often in a row something had to be repaired, and how often it could not be compared. */
  repairs: number
  failures: number
  running: boolean
}

const LOOK_EVERY_MS = 200
const NOT_READY_MS = 1000
const FIRST_AGAIN_MS = 5000
const ANSWER_AGAIN_MS = 60_000

/**
 * Compares every secondary that can be with the store: when it can be, every `compare_every`, when told to, after a decision about a
 * plan, and sooner again while it had to be repaired or did not answer.
 */
export class ComparisonRounds {
  readonly #context: DaemonContext<Config>
  readonly #parts: Parts
  readonly #turns = new Map<string, Turn>()

  constructor(context: DaemonContext<Config>, parts: Parts) {
    this.#context = context
    this.#parts = parts
  }

  /** Resolves when aborted. */
  async run(signal: AbortSignal): Promise<void> {
    this.#turns.clear()
    const watch = {onMalformed: ignoring(this.#context), onRestart: restarting(this.#context, 'decisions')}
    const decisions = this.#parts.control.watchDecisions({...watch, signal}, () => this.compareAll())
    const underWay = new Set<Promise<void>>()
    while (!signal.aborted) {
      for (const secondary of this.#due()) {
        const one = this.#compare(secondary, signal).finally(() => underWay.delete(one))
        underWay.add(one)
      }
      await sleep(LOOK_EVERY_MS, signal).catch(() => undefined)
    }
    await Promise.all([decisions, ...underWay])
  }

  #due(): string[] {
    const now = performance.now()
    const comparable = new Set(this.#parts.watch.comparable)
    for (const [secondary, {running}] of this.#turns)
      if (!comparable.has(secondary) && !running) this.#turns.delete(secondary)
    for (const secondary of comparable)
      if (!this.#turns.has(secondary))
        this.#turns.set(secondary, {dueAt: now, repairs: 0, failures: 0, running: false})
    return [...this.#turns]
      .filter(([, {dueAt, running}]) => dueAt <= now && !running)
      .map(([secondary]) => secondary)
  }

  /** Has every secondary compared as soon as may be: after a reconnect, with another store, after a decision. */
  compareAll(): void {
    for (const turn of this.#turns.values()) turn.dueAt = 0
  }

  async #compare(secondary: string, signal: AbortSignal): Promise<void> {
    const {log, metrics} = this.#context
    const turn = this.#turns.get(secondary)
    if (!turn) return
    turn.running = true
    // So that a decision that comes meanwhile is not forgotten.
    turn.dueAt = Number.POSITIVE_INFINITY
    let delay = 0
    try {
      const outcome = await this.#parts.comparison.compare(secondary)
      metrics.count('comparisons', {secondary, outcome})
      delay = this.#delay(turn, outcome)
    } catch (error) {
      // Silent, paused or forgotten meanwhile.
      if (isAbortOf(signal, error) || !this.#parts.watch.comparable.includes(secondary)) return
      delay = Math.min(ANSWER_AGAIN_MS, this.#soon(turn.failures++))
      metrics.count('comparisons', {secondary, outcome: 'failed'})
      log.warn({event: 'secondary.not_compared', secondary, error}, 'could not be compared, will try again')
    } finally {
      turn.running = false
      turn.dueAt = Math.min(turn.dueAt, performance.now() + delay)
    }
  }

  #delay(turn: Turn, outcome: ComparisonOutcome): number {
    turn.failures = 0
    if (outcome === 'not ready') return NOT_READY_MS
    if (outcome === 'repairing') return this.#soon(turn.repairs++)
    turn.repairs = 0
    return jittered(this.#context.config.healthChecker.compareEvery)
  }

  /** The more often it was before, the less so. */
  #soon(times: number): number {
    return Math.min(this.#context.config.healthChecker.compareEvery, FIRST_AGAIN_MS * 2 ** times)
  }
}
