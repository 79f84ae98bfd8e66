import {brokerChecks} from './broker.js'
import {type Check, type Theme, themeOf} from './check.js'
import {daemonChecks} from './daemons.js'
import {localSecondaryChecks} from './local-secondary.js'
import {machineChecks} from './machine.js'
import {portChecks} from './ports.js'
import {primaryChecks} from './primary.js'
import {probeChecks} from './probe.js'
import {secondaryChecks} from './secondaries.js'
import {streamChecks} from './streams.js'

/** What a machine is: the checks depend on it. */
export const DOCTOR_ROLES = ['primary', 'secondary', 'operator'] as const
export type DoctorRole = (typeof DOCTOR_ROLES)[number]

/** All checks. To add one: a fact where it is about something new, and an entry in its theme's table. */
export const checks: readonly Check[] = [
  ...machineChecks,
  ...brokerChecks,
  ...streamChecks,
  ...daemonChecks,
  ...secondaryChecks,
  ...primaryChecks,
  ...localSecondaryChecks,
  ...portChecks,
  ...probeChecks,
]

const THEMES_OF: Readonly<Record<DoctorRole, readonly Theme[]>> = {
  primary: ['machine', 'broker', 'streams', 'daemons', 'secondaries', 'primary', 'ports'],
  secondary: ['machine', 'broker', 'secondary', 'ports'],
  operator: ['machine', 'broker', 'streams', 'daemons', 'secondaries'],
}
/** The checks for a machine of these roles, in the order of their themes. */
export function checksFor(roles: readonly DoctorRole[], {probe}: {probe: boolean}): Check[] {
  const themes = new Set(roles.flatMap((role) => THEMES_OF[role]))
  if (probe) themes.add('probe')
  return checks.filter((check) => themes.has(themeOf(check)))
}
