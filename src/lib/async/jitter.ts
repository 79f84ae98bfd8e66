/** A time within a tenth of this one, so that the hosts of one installation do not keep step. */
export function jittered(ms: number): number {
  return ms * (0.9 + 0.2 * Math.random())
}
