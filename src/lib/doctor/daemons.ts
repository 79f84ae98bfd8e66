import {duration} from '../figures.js'
import type {DaemonRole} from '../zone/daemon.js'
import {type Check, check, ok, orElse, problem, warning} from './check.js'
import type {DaemonFact} from './facts.js'
import {listed} from './words.js'

/** What it costs not to have it. */
const WITHOUT: ReadonlyArray<{daemon: DaemonRole; result: 'problem' | 'warning'; finding: string}> = [
  {daemon: 'zone-provider', result: 'problem', finding: 'no zone-provider is connected: no change goes out'},
  {daemon: 'api-proxy', result: 'warning', finding: 'no api-proxy is connected: changes are found late'},
  {
    daemon: 'health-checker',
    result: 'warning',
    finding: 'no health-checker is connected: nobody sends again what was lost',
  },
  {daemon: 'syncer', result: 'problem', finding: 'no syncer is connected: no change arrives'},
]
const LEADING: readonly DaemonRole[] = ['zone-provider', 'health-checker']
const CLOCK_WARNING_MS = 2_000

export const daemonChecks: readonly Check[] = [
  check({
    id: 'daemons.running',
    needs: ['daemons'],
    judge: ({daemons}) => {
      const away = WITHOUT.filter(({daemon}) => daemons.every((one) => one.daemon !== daemon))
      return orElse(
        away.map(({daemon, result, finding}) =>
          (result === 'problem' ? problem : warning)(finding, `Start \`pdist daemon ${daemon}\``, daemon),
        ),
        `${daemons.length} daemons are connected: ${listed(daemons.map(nameOf).sort(), 10)}`,
      )
    },
  }),
  check({
    id: 'daemons.ready',
    needs: ['daemons'],
    judge: ({daemons}) =>
      orElse(
        daemons
          .filter(({ready}) => !ready)
          .map((one) =>
            warning(
              `is not ready: ${listed(one.missing) || 'it is stopping'}`,
              'Read its log for what it waits for',
              nameOf(one),
            ),
          ),
        'all are ready',
      ),
  }),
  check({
    id: 'daemons.leader',
    needs: ['daemons'],
    judge: ({daemons}) => {
      const leaderless = LEADING.filter((role) => {
        const some = daemons.filter(({daemon}) => daemon === role)
        return some.length > 0 && some.every(({leads}) => !leads)
      })
      const fix = 'Look again in 10 seconds; if it stays so, read their logs for `leader.unknown`'
      return orElse(
        leaderless.map((role) => warning('none of them leads at this moment', fix, role)),
        'each kind has its leader',
      )
    },
  }),
  check({
    id: 'daemons.versions',
    needs: ['daemons', 'pdist'],
    judge: ({daemons, pdist: {version}}) => {
      const others = daemons.filter(({pdist}) => pdist !== version)
      if (others.length === 0) return ok(`all are pdist ${version}`)
      const found = others.map((one) => `${nameOf(one)} is ${one.pdist}`)
      return warning(
        `${listed(found)}; this one is ${version}`,
        'Finish the update: one version everywhere is what is tested',
      )
    },
  }),
  check({
    id: 'daemons.clocks',
    needs: ['daemons', 'brokerClock'],
    judge: ({daemons, brokerClock: {aheadMs, uncertainMs}}) =>
      orElse(
        daemons.flatMap((one) => {
          const off = one.clockAheadMs - aheadMs
          if (Math.abs(off) - uncertainMs < CLOCK_WARNING_MS) return []
          const found = `its clock is ${duration(Math.abs(off))} ${off > 0 ? 'ahead of' : 'behind'} the broker's`
          return [warning(found, 'Let chrony or systemd-timesyncd keep the time there', nameOf(one))]
        }),
        "all clocks agree with the broker's",
      ),
  }),
  check({
    id: 'daemons.names',
    needs: ['daemons'],
    judge: ({daemons}) => {
      const names = daemons.flatMap(({secondary}) => (secondary === undefined ? [] : [secondary]))
      const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
      return orElse(
        twice.map((name) => {
          const hosts = daemons.filter(({secondary}) => secondary === name).map(({host}) => host)
          const fix = 'Give each its own `secondary.name`; the second one stops by itself in a few seconds'
          return warning(`two syncers have this name, on ${listed(hosts)}`, fix, name)
        }),
        names.length > 0 ? 'no two syncers share a name' : 'no syncer is connected',
      )
    },
  }),
]

export function nameOf({daemon, secondary, host}: DaemonFact): string {
  return `${secondary === undefined ? daemon : `${daemon} ${secondary}`} on ${host}`
}
