import type {Broker} from '../broker/connection.js'
import {type MirrorState, mirrorState} from '../broker/mirror.js'
import type {Heartbeat} from '../zone/heartbeat.js'

/** Each mirror that one of these secondaries reads, and who does. Rejects where the zone store cannot be asked. */
export async function mirrorsOf(
  broker: Broker,
  secondaries: ReadonlyArray<Pick<Heartbeat, 'secondary' | 'mirror'>>,
): Promise<Array<MirrorState & {readers: string[]}>> {
  const groups = Map.groupBy(secondaries, ({mirror}) => JSON.stringify(mirror))
  const facts = [...groups.values()].map(async (readers) => {
    const [{mirror} = {}] = readers
    if (mirror === undefined) return []
    const state = await mirrorState(broker, mirror)
    return [{...state, readers: readers.map(({secondary}) => secondary)}]
  })
  return (await Promise.all(facts)).flat()
}
