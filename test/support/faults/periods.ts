import type {TestSystem} from '../system.js'
import {configure, type setKeys} from './configure.js'

/** How often things are compared: a row has 30 seconds, the defaults are for thousands of zones. */
const SECTIONS: Readonly<Record<string, Parameters<typeof setKeys>[2]>> = {
  syncer: {syncer: {list_every: '2s', survey_every: '5s', verify_every: '10s'}},
  'zone-provider': {zone_provider: {compare: '5s'}},
  'health-checker': {health_checker: {compare_every: '10s'}},
}

/** Has the daemons of a new system compare more often than they do by default. */
export async function compareOften(system: TestSystem): Promise<void> {
  const daemons = system.lab.endpoints.daemons.filter(({role}) => role in SECTIONS)
  await Promise.all(
    daemons.map(async ({name, role}) => {
      await configure(system, name, SECTIONS[role] ?? {})
    }),
  )
}
