import {availableParallelism, loadavg} from 'node:os'

/** The load average over one minute, per core. */
export function loadPerCore(): number {
  return (loadavg()[0] ?? 0) / availableParallelism()
}
