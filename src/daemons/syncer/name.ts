import {randomBytes} from 'node:crypto'
import {hostname} from 'node:os'
import {join} from 'node:path'
import {aborted, orAborted} from '../../lib/async/abort.js'
import type {Broker} from '../../lib/broker/connection.js'
import type {LeaseHolder} from '../../lib/broker/lease-entry.js'
import {LEASE_TTL_MS, Lease} from '../../lib/broker/leases.js'
import {PdistError} from '../../lib/errors.js'
import {topologyOptions} from '../../lib/system/broker-options.js'
import {ownerId} from '../owner-id.js'
import type {SyncerContext, SyncerParts} from './parts.js'

/** A secondary that was moved to another machine gets through; who answers for longer is no leftover. */
const PATIENCE_MS = LEASE_TTL_MS * 1.5

/** Another syncer works under this secondary's name. */
export class NameInUseError extends PdistError {
  readonly code = 'PDIST_NAME_IN_USE'

  constructor(name: string, by: LeaseHolder | undefined) {
    const who = by ? `the host ${by.host} (process ${by.pid})` : 'somebody else'
    super(`the name ${name} is used by the syncer of ${who}`, {
      hints: [
        'Give each secondary a `secondary.name` of its own',
        'Or stop that syncer: its name is free a few seconds later',
      ],
    })
  }
}

/**
 * Holds the secondary's name for this syncer, until everything that was opened later is closed. Waits for a name whose holder may
 * be gone; rejects with NameInUseError where it is not, and stops the daemon with it where another takes the name later.
 */
export async function claimName(context: SyncerContext, broker: Broker): Promise<SyncerParts['name']> {
  const {config, log, signal} = context
  const {name} = config.secondary
  const held = Promise.withResolvers<void>()
  const inUse = Promise.withResolvers<never>()
  let claimed = false
  let isOurs = true
  const lease = new Lease(broker, {
    name: `syncer-${name}`,
    holder: await holderOf(context),
    topology: topologyOptions(config.broker),
    onHeld: () => {
      claimed = true
      log.info({event: 'name.held', secondary: name}, "holds the secondary's name")
      held.resolve()
    },
    onLost: (because) => {
      if (because !== 'given back') log.warn({event: 'name.lost', secondary: name, because}, 'lost its name')
    },
    onRefused: (by, forMs) => {
      if (claimed || forMs > PATIENCE_MS) {
        isOurs = false
        inUse.reject(new NameInUseError(name, by))
      } else if (forMs === 0)
        log.warn({event: 'name.waiting', secondary: name, by}, 'another syncer has this name, waiting')
    },
    onTrouble: (error) => log.warn({event: 'name.unknown', secondary: name, error}, 'no lease now'),
  })
  const ending = new AbortController()
  const holding = lease.hold(ending.signal)
  context.defer('name', () => {
    ending.abort()
    return holding
  })
  await orAborted(signal, Promise.race([held.promise, inUse.promise]))
  signal.throwIfAborted()
  context.background('name in use', (stopping) => Promise.race([aborted(stopping), inUse.promise]))
  return {
    get isOurs() {
      return isOurs
    },
  }
}

/** The same after a restart, so that it need not wait for its own lease. */
async function holderOf({config, log}: SyncerContext): Promise<LeaseHolder> {
  const file = join(config.state.directory, `syncer-${config.secondary.name}.id`)
  const {id, notKept} = await ownerId(file)
  if (notKept !== undefined) {
    const consequence = 'after a crash the next start waits for the lease to end'
    log.warn({event: 'name.not_kept', file, error: notKept, consequence}, 'the id could not be kept')
  }
  return {id, session: randomBytes(16).toString('hex'), host: hostname(), pid: process.pid}
}
