import {aborted, sleep} from '../../lib/async/abort.js'
import {backoff} from '../../lib/async/backoff.js'
import type {ConfigWith} from '../../lib/config/schema.js'
import {PowerDnsClient} from '../../lib/powerdns/client.js'
import {PowerDnsUnavailableError} from '../../lib/powerdns/errors.js'
import {backendsOf, readSettings} from '../../lib/powerdns/settings.js'
import type {DaemonContext} from '../runner.js'

/** What can be said to the proxy about it. */
interface Gate {
  allowAtOnce(changes: number): void
}

/**
 * Asks PowerDNS where it keeps its zones, and lets all changes through that it can make at once. Resolves when aborted; until
 * PowerDNS has answered, they go one by one, which is right for every backend.
 */
export async function allowAtOnce(
  {config, log}: DaemonContext<ConfigWith<'primary'>>,
  gate: Gate,
  signal: AbortSignal,
): Promise<void> {
  const client = new PowerDnsClient(config.primary)
  for (const delay of backoff({firstMs: 100, maxMs: 30_000})) {
    try {
      const backends = backendsOf(await readSettings(client, signal))
      const isSqlite = backends.includes('gsqlite3')
      if (!isSqlite) gate.allowAtOnce(Number.POSITIVE_INFINITY)
      log.info(
        {event: 'changes.at_once', backends, atOnce: isSqlite ? 1 : 'all'},
        isSqlite ? 'PowerDNS is given one change at a time' : 'PowerDNS is given changes as they come',
      )
      return await aborted(signal)
    } catch (error) {
      signal.throwIfAborted()
      const waiting = error instanceof PowerDnsUnavailableError ? 'powerdns.waiting' : 'powerdns.unusable'
      log.warn({event: waiting, error}, 'PowerDNS has not told its backend: it is given one change at a time')
    }
    await sleep(delay, signal)
  }
}
