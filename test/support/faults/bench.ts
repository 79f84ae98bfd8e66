import {randomInt} from 'node:crypto'
import {setTimeout as pause} from 'node:timers/promises'
import {expect, type TestContext} from 'vitest'
import {eventually} from '../eventually.js'
import {TestSystem} from '../system.js'
import {Churn} from './churn.js'
import {Comparison} from './comparison.js'
import {keepEvidence} from './evidence.js'
import {History} from './history.js'
import {Judge} from './judge.js'
import {compareOften} from './periods.js'
import type {RowResult} from './row.js'
import {Witness} from './witness.js'

export interface BenchOptions {
  /** Milliseconds of changes before the fault. */
  beforeMs?: number
  /** Milliseconds of changes after its end. */
  afterMs?: number
  /** Called with each new system before its first row; it may start daemons again. */
  prepare?(system: TestSystem): Promise<void>
  /** Called before a system is stopped, to undo that. */
  cleanUp?(system: TestSystem): Promise<void>
}

export interface RowOptions {
  /** For how long a server may answer with something older: only a fault that is about this needs more. */
  stepBackMs?: number
}

const RIGHT_WITHIN_MS = 30_000
const STEP_BACK_MS = 5_000
const SOUND_WITHIN_MS = 20_000

/**
 * Where the rows of the fault table are done, one after the other: the fault in the middle of changes, with witnesses at every
 * secondary, then the comparison. The system serves for many rows; after one that left it unsound there is a new one.
 *
 * Nothing is started again by itself: what a row ends, it starts.
 */
export class FaultBench {
  readonly seed = Number(process.env.FAULTS_SEED ?? randomInt(2 ** 31))
  readonly #options: BenchOptions
  #system: TestSystem | undefined
  #history = new History()
  #churn: Churn | undefined
  #broken = false

  constructor(options: BenchOptions = {}) {
    this.#options = options
  }

  get system(): TestSystem {
    if (!this.#system) throw new Error('the system is not started yet')
    return this.#system
  }

  get churn(): Churn {
    if (!this.#churn) throw new Error('the system is not started yet')
    return this.#churn
  }

  /** Does one row, keeps what it found in the test's meta data, and expects it to be right. */
  async row(
    {task}: TestContext,
    fault: (system: TestSystem) => Promise<void>,
    options: RowOptions = {},
  ): Promise<void> {
    await this.#sound()
    const result = await this.#observe(fault, options)
    task.meta.row = result
    const {differences, wrong, dead, answers, changes} = result
    if (differences.length + wrong.length + dead.length > 0)
      await keepEvidence(this.system, this.#history, result)
    // Else there was nothing to be wrong.
    expect(Math.min(answers, changes)).toBeGreaterThan(0)
    expect({differences, wrong, dead}).toEqual({differences: [], wrong: [], dead: []})
  }

  async stop(): Promise<void> {
    const system = this.#system
    this.#system = undefined
    if (!system) return
    try {
      await this.#options.cleanUp?.(system)
    } finally {
      await system.stop()
    }
  }

  async #observe(
    fault: (system: TestSystem) => Promise<void>,
    {stepBackMs = STEP_BACK_MS}: RowOptions,
  ): Promise<RowResult> {
    const {system, churn} = this
    const {beforeMs = 3_000, afterMs = 5_000} = this.#options
    const before = {changes: churn.changes, failures: churn.failures}
    const judges = system.secondaries.map(({name}) => new Judge(name, this.#history, () => stepBackMs))
    const witnesses = system.secondaries.map(
      (server, i) => new Witness(server, churn.zones, judges[i] ?? fail()),
    )
    try {
      churn.start()
      await pause(beforeMs)
      await fault(system).catch((error: unknown) => this.#abandon(error))
      await pause(afterMs)
      await churn.stop()
      const over = performance.now()
      const primary = await Comparison.of(system.primary)
      const {differences, at} = await primary.untilEqual(system.secondaries, over + RIGHT_WITHIN_MS)
      return {
        seconds: (at - over) / 1000,
        changes: churn.changes - before.changes,
        failures: churn.failures - before.failures,
        differences,
        wrong: judges.flatMap((judge) => judge.wrong),
        answers: judges.reduce((sum, {answers}) => sum + answers, 0),
        longestBackMs: Math.max(...judges.map((judge) => judge.longestBackMs)),
        seed: this.seed,
        dead: deadParts(system),
      }
    } finally {
      await Promise.all(witnesses.map((witness) => witness.end()))
    }
  }

  /** What a fault left that was not done as meant nobody knows. */
  #abandon(error: unknown): never {
    this.#broken = true
    this.churn.abandon()
    throw error
  }

  /** A system whose parts all run and whose secondaries have all that the primary has; a new one where this one does not. */
  async #sound(): Promise<void> {
    if (this.#system && (this.#broken || !(await isSound(this.#system)))) await this.stop()
    if (!this.#system) await this.#begin()
    await this.churn.fill()
    if (!(await isSound(this.system)))
      throw new Error('the system is not right before anything was done to it')
  }

  async #begin(): Promise<void> {
    const system = await TestSystem.start({restart: false})
    this.#system = system
    this.#broken = false
    await compareOften(system)
    await this.#options.prepare?.(system)
    this.#history = new History()
    this.#churn = new Churn({api: system.proxy, history: this.#history, seed: this.seed})
  }
}

async function isSound(system: TestSystem): Promise<boolean> {
  if (deadParts(system).length > 0) return false
  const primary = await eventually(() => Comparison.of(system.primary))
  const {differences} = await primary.untilEqual(system.secondaries, performance.now() + SOUND_WITHIN_MS)
  return differences.length === 0
}

function deadParts({lab}: TestSystem): string[] {
  return lab.partNames.filter((name) => lab.part(name).pid === undefined)
}

function fail(): never {
  throw new Error('there is a judge for each secondary')
}
