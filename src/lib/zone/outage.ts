import type {ErrorReport} from '../errors.js'

/**
 * What a secondary needs of its PowerDNS: answers to queries and to API calls; `survey`: a look at what it has, which needs the
 * other two.
 */
export const NEEDED = ['DNS', 'API', 'survey'] as const
export type Needed = (typeof NEEDED)[number]

/** Something that a secondary needs of its PowerDNS, and does not get. */
export interface Outage extends ErrorReport {
  of: Needed
  /** Milliseconds since 1970 by the secondary's clock. */
  since: number
}

/** Whether it answers no queries, or no calls; what the survey meets may be another's fault. */
export function isPowerDnsSilent(outages: readonly Outage[]): boolean {
  return outages.some(({of}) => of !== 'survey')
}

/** `PowerDNS answers no DNS queries: …`. */
export function outageWords({of, message}: Outage): string {
  if (of === 'DNS') return `PowerDNS answers no DNS queries: ${message}`
  if (of === 'API') return `PowerDNS's API cannot be used, so no change can be applied: ${message}`
  return `what PowerDNS has cannot be looked at: ${message}`
}
