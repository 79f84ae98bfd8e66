import {aborted} from '../../lib/async/abort.js'
import type {ConfigWith} from '../../lib/config/schema.js'
import type {Logger} from '../../lib/logger.js'
import {PowerDnsClient} from '../../lib/powerdns/client.js'
import {backendsOf, readSettings} from '../../lib/powerdns/settings.js'
import {answerOfPowerDns} from '../answer-of-powerdns.js'
import type {DaemonContext} from '../runner.js'

/** What can be said to the proxy about it. */
interface Gate {
  allowAtOnce(changes: number): void
}

/**
 * Asks PowerDNS where it keeps its zones, and lets all changes through that it can make at once. Until it has answered they go one
 * by one, which is right for every backend. Resolves when aborted, or rejects with the signal's reason.
 */
export async function allowAtOnce(
  {config, log}: Pick<DaemonContext<ConfigWith<'primary'>>, 'config' | 'log'>,
  gate: Gate,
  signal: AbortSignal,
): Promise<void> {
  const backends = await backendsOnceTold(config.primary, log, signal)
  const isSqlite = backends.includes('gsqlite3')
  if (!isSqlite) gate.allowAtOnce(Number.POSITIVE_INFINITY)
  log.info(
    {event: 'changes.at_once', backends, atOnce: isSqlite ? 1 : 'all'},
    isSqlite ? 'PowerDNS is given one change at a time' : 'PowerDNS is given changes as they come',
  )
  await aborted(signal)
}

async function backendsOnceTold(
  primary: ConfigWith<'primary'>['primary'],
  log: Logger,
  signal: AbortSignal,
): Promise<string[]> {
  const client = new PowerDnsClient(primary)
  const words = 'PowerDNS has not told its backend: it is given one change at a time'
  try {
    return await answerOfPowerDns({log, signal, maxMs: 30_000, words}, async () =>
      backendsOf(await readSettings(client, signal)),
    )
  } finally {
    client.close()
  }
}
