import type {Config} from '../../lib/config/schema.js'
import type {Leadership} from '../leadership.js'
import type {DaemonContext} from '../runner.js'
import {nsec3Activation, primaryCheck, type SignedZoneParts} from './primary.js'
import {SignatureAlarms} from './signatures.js'

/** Watches over signatures: alarms before they expire, a look at what the primary serves, NSEC3 where it is wanted. */
export function watchSignedZones(
  context: DaemonContext<Config>,
  leadership: Pick<Leadership, 'whileLeading'>,
  parts: SignedZoneParts,
): void {
  const {log, config} = context
  const alarms = new SignatureAlarms(context, parts)
  leadership.whileLeading('signatures', (signal) => alarms.run(signal))
  if (!config.primary) {
    log.info({event: 'primary.unknown'}, 'nothing is compared with the primary: there is no [primary]')
    return
  }
  const check = primaryCheck(context, config.primary, parts)
  leadership.whileLeading('primary', (signal) => check.run(signal))
  const activation = nsec3Activation(context, config.primary, parts.events)
  if (activation) leadership.whileLeading('NSEC3', (signal) => activation.run(signal))
}
