import {sleep, withTimeout} from '../async/abort.js'
import {PdistError} from '../errors.js'
import {NoAnswerError} from '../xfr/errors.js'
import {type LookupOptions, type LookupResult, lookup} from '../xfr/lookup.js'
import type {ApiCall, LabApi} from './api-call.js'
import type {SecondaryEndpoints} from './endpoints.js'

/** One change through the API, and how anybody can see by DNS that it is served. */
export interface DemoStep {
  title: string
  call: ApiCall
  question: Pick<LookupOptions, 'name' | 'type' | 'dnssec'>
  served(answer: LookupResult): boolean
}

/** Where a step is made, and where it is to be seen. */
export interface DemoTargets {
  api: LabApi
  secondaries: readonly SecondaryEndpoints[]
}

/** A secondary that is asked again and again. */
export interface Watch {
  secondary: string
  /**
   * Resolves when the change is served there: milliseconds since the API call was sent, which is part of them. Rejects
   * with NotServedError, or with the signal's reason.
   */
  served: Promise<number>
}

/** A secondary does not serve a change. */
export class NotServedError extends PdistError {
  readonly code = 'PDIST_DEMO_NOT_SERVED'
}

const ASK_EVERY_MS = 2
const SERVED_WITHIN_MS = 30_000

/**
 * Makes a step's API call through the proxy, and asks every secondary from before it is sent. Resolves when the call is
 * answered, which may be later than the change is served. Rejects with an ApiCallError where the call fails.
 */
export async function runDemoStep(
  step: DemoStep,
  {api, secondaries}: DemoTargets,
  signal: AbortSignal,
): Promise<Watch[]> {
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  const sent = performance.now()
  const watches = secondaries.map((secondary) => ({
    secondary: secondary.name,
    served: watch(step, secondary, sent, either),
  }))
  // They are given away only once the call is answered, and may fail before.
  const settled = Promise.allSettled(watches.map(({served}) => served))
  try {
    await api.call(step.call, signal)
    return watches
  } catch (error) {
    stop.abort(error)
    await settled
    throw error
  }
}

async function watch(
  {title, question, served}: DemoStep,
  {name, dns}: SecondaryEndpoints,
  sent: number,
  signal: AbortSignal,
): Promise<number> {
  try {
    return await withTimeout(SERVED_WITHIN_MS, signal, async (inTime) => {
      while (!(await answerOf({...question, server: dns, signal: inTime}, served))) {
        await sleep(ASK_EVERY_MS, inTime)
      }
      return performance.now() - sent
    })
  } catch (cause) {
    signal.throwIfAborted()
    throw new NotServedError(`${name} did not serve this within ${SERVED_WITHIN_MS / 1000} s: ${title}`, {
      cause,
      hints: ["Start `pdist lab --dir DIR` and look into the daemons' logs in DIR"],
    })
  }
}

/** A query that is lost is as good as an old answer. */
async function answerOf(options: LookupOptions, served: DemoStep['served']): Promise<boolean> {
  try {
    return served(await lookup({...options, timeoutMs: 500}))
  } catch (error) {
    if (error instanceof NoAnswerError) return false
    throw error
  }
}
