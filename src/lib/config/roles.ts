import type {DemandingSection} from './schema.js'

/** The daemons, and the sections with required keys that each needs to be complete. */
export const needsOf = {
  'api-proxy': ['primary'],
  'zone-provider': ['primary'],
  syncer: ['secondary'],
  'health-checker': [],
} as const satisfies Readonly<Record<string, readonly DemandingSection[]>>

export type Role = keyof typeof needsOf

export const roles = Object.keys(needsOf) as Role[]
