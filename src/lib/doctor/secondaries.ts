import {duration} from '../figures.js'
import {type Check, check, type Finding, ok, orElse, problem, warning} from './check.js'
import type {HeartbeatFact, SecondaryFacts} from './facts.js'
import {isAtLeast} from './versions.js'

export const POWERDNS_NEEDED = '4.7'

export const secondaryChecks: readonly Check[] = [
  check({
    id: 'secondaries.heartbeat',
    needs: ['heartbeats', 'heartbeatTimes'],
    judge: ({heartbeats, heartbeatTimes}) =>
      heartbeats.length === 0
        ? problem('no secondary has ever sent a heartbeat', 'Start `pdist daemon syncer` on a secondary')
        : heartbeats.map((heartbeat) => judgeAge(heartbeat, heartbeatTimes)),
  }),
  check({
    id: 'secondaries.powerdns',
    needs: ['heartbeats'],
    judge: ({heartbeats}) => {
      const old = heartbeats.filter(({powerdns}) => !isAtLeast(powerdns, POWERDNS_NEEDED))
      const versions = [...new Set(heartbeats.map(({powerdns}) => powerdns))]
      return orElse(
        old.map(({secondary, powerdns}) => judgePowerDns(powerdns, secondary)),
        versions.length > 0 ? `PowerDNS ${versions.join(', ')}` : 'there are none',
      )
    },
  }),
  check({
    id: 'secondaries.state',
    needs: ['heartbeats', 'heartbeatTimes'],
    judge: ({heartbeats, heartbeatTimes: {inactiveAfterMs}}) =>
      orElse(
        heartbeats
          .filter(({state, ageMs}) => state === 'warning' && ageMs <= inactiveAfterMs)
          .map(({secondary, warnings, problemCount}) =>
            warning(
              warnings.join('; ') || `${problemCount} zones cannot be served`,
              'See `pdist health` for the zones and reasons',
              secondary,
            ),
          ),
        'none of them warns of anything',
      ),
  }),
]

/** What is said of any PowerDNS's version. */
export function judgePowerDns(version: string, about?: string): Finding {
  return isAtLeast(version, POWERDNS_NEEDED)
    ? ok(`PowerDNS ${version}`, about)
    : problem(`PowerDNS ${version} is too old`, `Install PowerDNS ${POWERDNS_NEEDED} or newer`, about)
}

function judgeAge(
  {secondary, ageMs}: HeartbeatFact,
  {everyMs, inactiveAfterMs}: SecondaryFacts['heartbeatTimes'],
): Finding {
  const found = `the last heartbeat came ${duration(ageMs)} ago`
  if (ageMs <= 2 * everyMs) return ok(found, secondary)
  const fix = 'Look whether its syncer runs there and reaches the broker'
  if (ageMs <= inactiveAfterMs) return warning(`${found}, more than two intervals`, fix, secondary)
  return problem(`${found}: it is inactive`, fix, secondary)
}
