import {BrokerUnavailableError} from '../broker/errors.js'
import type {Config} from '../config/schema.js'
import {zoneName} from '../dns/name.js'
import type {ResyncReport} from '../sync/compare/resync-report.js'
import type {LiveSystem} from './live.js'
import {resyncSecondary} from './resync.js'
import type {System} from './system.js'
import {detailOfZone, type ZoneDetail} from './zone-detail.js'

const RESYNC_MS = 300_000

/** What can be asked of a system that is followed. All reject with BrokerUnavailableError before there was a broker. */
export function liveActions(live: LiveSystem, config: Config) {
  return {
    async resync(
      secondary: string,
      onProgress: (left: number) => void,
      signal: AbortSignal,
    ): Promise<ResyncReport> {
      const options = {
        zones: undefined,
        force: false,
        dryRun: false,
        wait: true,
        timeoutMs: RESYNC_MS,
        signal,
      }
      return resyncSecondary(reached(live), config, secondary, {
        ...options,
        onProgress: ({done, all}) => onProgress(all - done),
      })
    },
    async zone(zone: string, signal: AbortSignal): Promise<ZoneDetail> {
      return detailOfZone(reached(live), zoneName(zone), signal)
    },
  }
}

function reached({system}: LiveSystem): System {
  if (system) return system
  throw new BrokerUnavailableError('the broker was not reached yet')
}
