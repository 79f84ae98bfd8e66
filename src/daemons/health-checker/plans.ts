import {isAbortOf, sleep} from '../../lib/async/abort.js'
import type {Control} from '../../lib/broker/control.js'
import type {Config} from '../../lib/config/schema.js'
import type {DaemonContext} from '../runner.js'

const LOOK_EVERY_MS = 5000

/** Shows how many plans wait for a decision. Resolves when aborted. */
export async function countHeldPlans(
  {log, metrics}: DaemonContext<Config>,
  control: Pick<Control, 'list'>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const plans = await control.list()
      metrics.set('plansHeld', plans.filter(({status}) => status === 'held').length)
    } catch (error) {
      if (!isAbortOf(signal, error)) log.debug({event: 'plans.unknown', error}, 'held plans cannot be read')
    }
    await sleep(LOOK_EVERY_MS, signal).catch(() => undefined)
  }
}
