import {type Check, check, type Finding, failure, ok, problem} from './check.js'
import type {ProbeFacts} from './facts.js'

export const probeChecks: readonly Check[] = [
  check({
    id: 'probe.provided',
    needs: ['probe'],
    judge: ({probe: {zone, provision, error}}) => {
      if (error) return failure(error, 'Read the log of the zone-provider')
      if (provision === 'none') {
        return problem(`no zone-provider answered for ${zone}`, 'Start `pdist daemon zone-provider`')
      }
      if (provision === 'absent') return problem(`nobody knows ${zone}`, 'Name a zone that the primary has')
      return ok(`a zone-provider looked at ${zone}: ${provision}`)
    },
    failed: (error) => failure(error, 'See the findings about the broker and the daemons'),
  }),
  check({
    id: 'probe.served',
    needs: ['probe'],
    // Of what nobody provides, no secondary has anything to prove.
    judge: ({probe: {zone, provision, secondaries}}) =>
      provision === 'absent' || provision === 'none' ? [] : secondaries.map((row) => judgeRow(zone, row)),
  }),
]

function judgeRow(
  zone: string,
  {secondary, state, ms, error}: ProbeFacts['probe']['secondaries'][number],
): Finding {
  if (state === 'served' || state === 'removed') return ok(`proved ${zone} after ${ms} ms`, secondary)
  if (error) return problem(error.message, error.hints.join('; ') || 'Read the log of its syncer', secondary)
  const isAway = state === 'inactive' || state === 'paused'
  const words = isAway ? `is ${state}, and was not waited for` : 'sent no proof in time'
  return problem(words, 'Look whether its syncer and its PowerDNS run', secondary)
}
