import {type Check, check, type Finding, note, orElse, problem, warning} from './check.js'
import type {ConsumerFact, MirrorFact, StreamFact} from './facts.js'
import {listed} from './words.js'

const SETUP = 'Run `pdist broker setup`'

export const streamChecks: readonly Check[] = [
  check({
    id: 'streams.settings',
    needs: ['streams'],
    judge: ({streams}) =>
      orElse(streams.flatMap(judgeSettings), `all ${streams.length} streams and buckets are as wanted`),
  }),
  check({
    id: 'streams.replicas',
    needs: ['streams'],
    judge: ({streams}) => {
      const there = streams.filter(({state}) => state !== 'missing')
      const counts = [...new Set(there.map(({replicas}) => replicas))]
      return orElse(there.flatMap(judgeCluster), `${counts.join(' and ')} of each, all there`)
    },
  }),
  check({
    id: 'streams.room',
    needs: ['streams'],
    judge: ({streams}) => orElse(streams.flatMap(judgeRoom), 'no stream is near a limit of its own'),
  }),
  check({
    id: 'streams.mirrors',
    needs: ['mirrors'],
    judge: ({mirrors}) => orElse(mirrors.flatMap(judgeMirror), mirrorsFine(mirrors.length)),
  }),
  check({
    id: 'streams.consumers',
    needs: ['consumers', 'heartbeats'],
    judge: ({consumers, heartbeats}) => {
      const known = new Set(heartbeats.map(({secondary}) => secondary))
      const wrong = consumers.flatMap((consumer) => judgeConsumer(consumer, known))
      return orElse(wrong, `${consumers.length} consumers, each with somebody who reads`)
    },
  }),
]

/** More than what is on its way at any moment. */
const BEHIND = 1000

function judgeMirror({stream, state, behind, readers}: MirrorFact): readonly Finding[] {
  const who = listed(readers)
  const setup = 'run `pdist broker setup --mirror` on a host that is connected as its readers are'
  if (state === 'missing') return [problem(`is not there, and ${who} reads it`, `R${setup.slice(1)}`, stream)]
  if (state === 'older' || state === 'empty') {
    const what =
      state === 'older' ? 'mirrors a zone store that is gone' : 'has nothing of what the zone store has'
    const fix = `\`nats stream rm ${stream}\` there, and ${setup}`
    return [problem(`${what}; ${who} gets nothing new`, fix, stream)]
  }
  if (behind < BEHIND) return []
  return [
    warning(`is ${behind} states behind the store`, 'Look at the connection between the brokers', stream),
  ]
}

function mirrorsFine(count: number): string {
  return count === 0 ? 'no secondary reads a mirror' : `${count} mirrors follow the zone store`
}

function judgeSettings({name, state, settings}: StreamFact): readonly Finding[] {
  if (state === 'missing') return [problem('is not there', `${SETUP}; daemons make it as well`, name)]
  if (state === 'as wanted') return []
  const words = Object.entries(settings).map(
    ([setting, {from, to}]) => `${setting} is ${JSON.stringify(from)}, wanted ${JSON.stringify(to)}`,
  )
  return [warning(words.join('; '), SETUP, name)]
}

function judgeCluster({name, cluster}: StreamFact): readonly Finding[] {
  if (!cluster) return []
  const {leader, lagging, offline} = cluster
  const away = 'Look at these nats-servers; a replica that is back catches up by itself'
  return [
    ...(leader ? [] : [problem('has no leader: nothing can be written', away, name)]),
    ...(offline.length > 0 ? [warning(`replicas are offline: ${listed(offline)}`, away, name)] : []),
    ...(lagging.length > 0 ? [warning(`replicas lag behind: ${listed(lagging)}`, away, name)] : []),
  ]
}

function judgeRoom({name, bytes, maxBytes}: StreamFact): readonly Finding[] {
  if (maxBytes === undefined || bytes < 0.8 * maxBytes) return []
  const found = `${Math.round((100 * bytes) / maxBytes)} % of its max_bytes are used`
  return [warning(found, 'Raise `max_bytes` of the stream, or remove the limit', name)]
}

function judgeConsumer(
  {stream, name, reader, pending, unsettled, read}: ConsumerFact,
  known: ReadonlySet<string>,
): readonly Finding[] {
  if (reader.kind === 'stranger') return [note('is none of pdist', name)]
  if (reader.kind === 'secondary' && !known.has(reader.secondary)) {
    const fix = `\`nats consumer rm ${stream} ${name}\`, if ${reader.secondary} is gone for good`
    return [warning(`belongs to a secondary that nobody knows: ${reader.secondary}`, fix, name)]
  }
  if (read || pending + unsettled === 0) return []
  const who = reader.kind === 'secondary' ? `syncer of ${reader.secondary}` : 'zone-provider'
  return [warning(`${pending + unsettled} messages wait, and no ${who} reads`, `Start the ${who}`, name)]
}
