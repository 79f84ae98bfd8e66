import type {Standing} from '../../lib/proxy/wait.js'
import {waitsForDecision} from '../../lib/sync/errors.js'
import {isAway, isProof, type PushReport} from '../../lib/sync/push.js'

/** How the proofs of a change stand, for the client that waits for them. */
export function standingOf(report: PushReport): Standing {
  const active = report.secondaries.filter((row) => !isAway(row))
  const proved = active.filter(isProof).length
  const failing = report.provision === 'failed' || active.some(({state}) => state === 'failed')
  const over = whyOver(report, {proved, active: active.length})
  return {proved, active: active.length, failing, ...(over ? {over} : {})}
}

function whyOver(
  {confirmed, provision, error}: PushReport,
  {proved, active}: Pick<Standing, 'proved' | 'active'>,
): Standing['over'] | undefined {
  if (provision === 'absent') return 'unknown'
  if (error && waitsForDecision(error.code)) return 'held'
  // Of no secondary, all have proved it; but nobody serves it.
  if (confirmed && proved > 0) return 'served'
  return proved === active && provision !== 'failed' ? 'too-few' : undefined
}
