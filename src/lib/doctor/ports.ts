import {type Check, check, type Finding, ok, problem, warning} from './check.js'
import type {PortFact} from './facts.js'

export const portChecks: readonly Check[] = [
  check({
    id: 'ports.listen',
    needs: ['ports'],
    judge: ({ports}) => {
      const told = ports.filter(({given, runsHere}) => given || runsHere === false)
      return told.length > 0 ? told.map(judgePort) : ok('no address is configured here')
    },
  }),
]

function judgePort({key, daemon, address, runsHere, state, reason}: PortFact): Finding {
  if (state === 'answers') {
    return runsHere !== false
      ? ok(`${runsHere ? `the ${daemon}` : 'somebody'} answers at ${address}`, key)
      : problem(
          `something else listens at ${address}: no ${daemon} is connected from this host`,
          `Find it with \`ss -ltnp\` and stop it, or change \`${key}\``,
          key,
        )
  }
  if (runsHere) {
    return warning(
      `a ${daemon} runs on this host, but nothing answers at ${address}`,
      `Start it with this configuration, or correct \`${key}\``,
      key,
    )
  }
  if (state === 'free') return ok(`${address} is free for the ${daemon}`, key)
  return problem(`nobody can listen at ${address}: ${reason}`, `Correct \`${key}\``, key)
}
