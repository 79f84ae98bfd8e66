import {aborted, withTimeout} from '../../async/abort.js'
import {isDenied} from '../../broker/errors.js'
import type {Fact, FactSource} from '../../doctor/examine.js'
import type {FactName, Facts} from '../../doctor/facts.js'
import {PdistError, reportOf} from '../../errors.js'

/** Nothing is wrong with it: there is nothing to look at, or no way to get there, which is told elsewhere. */
export class AbsentFact extends Error {}

class FactTimeoutError extends PdistError {
  readonly code = 'PDIST_TIMEOUT'
}

/** How one fact is got: `needs` are known when `gather` is called. */
export interface Gatherer<C, T> {
  needs: readonly FactName[]
  gather(context: C, signal: AbortSignal, book: FactSource): Promise<T>
}

export type Gatherers<C> = {readonly [N in FactName]: Gatherer<C, Facts[N]>}

export interface FactBookOptions<C> {
  gatherers: Gatherers<C>
  context: C
  /** What one fact may take, without those that it needs. */
  limitMs: number
  signal: AbortSignal
}

/** Gathers each fact once, when it is first asked for, in a limited time. Rejects only as its signal does. */
export class FactBook<C> implements FactSource {
  readonly #options: FactBookOptions<C>
  readonly #facts = new Map<FactName, Promise<Fact<unknown>>>()

  constructor(options: FactBookOptions<C>) {
    this.#options = options
  }

  look<N extends FactName>(name: N): Promise<Fact<Facts[N]>> {
    const known = this.#facts.get(name) ?? this.#gather(name)
    this.#facts.set(name, known)
    return known as Promise<Fact<Facts[N]>>
  }

  async #gather(name: FactName): Promise<Fact<unknown>> {
    const {gatherers, context, limitMs, signal} = this.#options
    const {needs, gather} = gatherers[name]
    for (const need of needs) {
      const fact = await this.look(need)
      if (fact.state === 'failed') return {state: 'absent', why: fact.error.message}
      if (fact.state === 'absent') return fact
    }
    try {
      const value = await withTimeout(limitMs, signal, (bounded) =>
        Promise.race([gather(context, bounded, this), late(bounded, limitMs)]),
      )
      return {state: 'known', value}
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof AbsentFact) return {state: 'absent', why: error.message}
      if (isDenied(error) || (error instanceof Error && isDenied(error.cause))) {
        return {state: 'absent', why: 'this login may not ask the broker for that'}
      }
      return {state: 'failed', error: reportOf(error)}
    }
  }
}

/** For what does not heed its signal. */
async function late(signal: AbortSignal, limitMs: number): Promise<never> {
  await aborted(signal)
  throw new FactTimeoutError(`no answer within ${limitMs / 1000} seconds`, {cause: signal.reason})
}
