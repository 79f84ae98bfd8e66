import {isAbortOf, sleep} from '../../lib/async/abort.js'
import type {Broker} from '../../lib/broker/connection.js'
import {makeConsumers} from '../../lib/broker/zone-feed.js'
import type {Config} from '../../lib/config/schema.js'
import type {ActivityTracker} from '../../lib/sync/watch/activity.js'
import type {MirrorName} from '../../lib/zone/heartbeat.js'
import type {DaemonContext} from '../runner.js'

const LOOK_EVERY_MS = 2000

/** Sees to it that every active secondary can consume the zone store. Resolves when aborted. */
export async function keepConsumers(
  {log}: DaemonContext<Config>,
  broker: Broker,
  {activity, mirrorOf}: {activity: ActivityTracker; mirrorOf(secondary: string): MirrorName | undefined},
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const active = activity.all.filter((one) => one.active).map(({secondary}) => secondary)
      for (const [mirror, secondaries] of byMirror(active, mirrorOf)) {
        const made = await makeConsumers(broker, await broker.zonesOf(mirror), secondaries)
        if (made.length > 0)
          log.info({event: 'consumers.made', secondaries: made}, 'made what secondaries consume by')
      }
    } catch (error) {
      if (!isAbortOf(signal, error))
        log.debug({event: 'consumers.unknown', error}, 'consumers cannot be listed')
    }
    await sleep(LOOK_EVERY_MS, signal).catch(() => undefined)
  }
}

/** Who reads from the same place. */
function byMirror(
  secondaries: readonly string[],
  mirrorOf: (secondary: string) => MirrorName | undefined,
): Map<MirrorName | undefined, string[]> {
  const keyOf = (secondary: string) => JSON.stringify(mirrorOf(secondary))
  const groups = Map.groupBy(secondaries, keyOf)
  return new Map([...groups.values()].map((group) => [mirrorOf(group[0] ?? ''), group]))
}
