export const DAEMONS = ['api-proxy', 'zone-provider', 'syncer', 'health-checker'] as const
export type DaemonRole = (typeof DAEMONS)[number]

/** A daemon's answer to the roll call. */
export interface DaemonPresence {
  daemon: DaemonRole
  /** Of a syncer: its secondary. */
  secondary?: string
  host: string
  pid: number
  pdist: string
  node: string
  /** When it was started, milliseconds since 1970 by its clock. */
  startedAt: number
  /** Its clock when it answered. */
  at: number
  ready: boolean
  /** What it is not ready for. */
  missing: readonly string[]
}
