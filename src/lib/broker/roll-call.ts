import {NoRespondersError} from 'nats'
import {z} from 'zod'
import {DAEMONS, type DaemonPresence} from '../zone/daemon.js'
import {countSchema, decodeJson, encodeJson} from './codec.js'
import type {Broker} from './connection.js'
import {asError} from './errors.js'

// Lazy, since most commands never read one: to make a schema costs more than to use it once.
const presenceSchema = z.lazy(() =>
  z.object({
    daemon: z.enum(DAEMONS),
    secondary: z.string().max(63).exactOptional(),
    host: z.string().max(255),
    pid: countSchema,
    pdist: z.string().max(100),
    node: z.string().max(100),
    startedAt: countSchema,
    at: countSchema,
    ready: z.boolean(),
    missing: z.array(z.string().max(200)).max(20),
  }),
)

/** Nobody knows how many there are: they are all heard when none has answered for this long. */
const STALL_MS = 250
const MAX_WAIT_MS = 2000
const MAX_DAEMONS = 10_000

export interface HeardDaemon extends DaemonPresence {
  /** Milliseconds by which its clock is ahead of ours, give or take the time of its answer. */
  clockAheadMs: number
}

/** Answers every roll call; the result ends it. */
export function answerRollCall(broker: Broker, present: () => DaemonPresence): () => void {
  const subscription = broker.nc.subscribe(broker.names.rollCall, {
    callback: (error, message) => {
      if (!error) message.respond(encodeJson(present()))
    },
  })
  return () => subscription.unsubscribe()
}

/** Who is connected to the broker at this moment, in the order of their answers. */
export async function callRoll(broker: Broker, onMalformed: (error: Error) => void): Promise<HeardDaemon[]> {
  const {nc, names} = broker
  const heard: HeardDaemon[] = []
  const asked = Date.now()
  const options = {strategy: 'stall', stall: STALL_MS, maxWait: MAX_WAIT_MS} as const
  try {
    for await (const message of await nc.requestMany(names.rollCall, new Uint8Array(), options)) {
      const middle = (asked + Date.now()) / 2
      try {
        const presence = decodeJson(presenceSchema, message.data, message.subject)
        heard.push({...presence, clockAheadMs: Math.round(presence.at - middle)})
      } catch (error) {
        onMalformed(asError(error))
      }
      if (heard.length >= MAX_DAEMONS) break
    }
  } catch (error) {
    if (!(error instanceof NoRespondersError)) throw error
  }
  return heard
}
