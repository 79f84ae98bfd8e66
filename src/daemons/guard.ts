import type {Control} from '../lib/broker/control.js'
import type {Config} from '../lib/config/schema.js'
import {zoneName} from '../lib/dns/name.js'
import {Guard} from '../lib/sync/guard.js'
import type {DaemonContext} from './runner.js'

/** The guard as it is configured. */
export function openGuard({config, log}: DaemonContext<Config>, board: Control): Guard {
  const {exempt, ...limits} = config.guard
  return new Guard({board, log, now: Date.now, limits: {...limits, exempt: new Set(exempt.map(zoneName))}})
}
