import type {Control} from '../lib/broker/control.js'
import type {Config} from '../lib/config/schema.js'
import {Guard} from '../lib/sync/compare/guard.js'
import {guardLimits} from '../lib/system/config-views.js'
import type {DaemonContext} from './runner.js'

/** The guard as it is configured. */
export function openGuard({config, log}: DaemonContext<Config>, board: Control): Guard {
  return new Guard({board, log, now: Date.now, limits: guardLimits(config)})
}
