import {sleep} from '../lib/async/abort.js'
import {backoff} from '../lib/async/backoff.js'
import type {Logger} from '../lib/logger.js'
import {PowerDnsUnavailableError} from '../lib/powerdns/errors.js'

export interface Waiting {
  log: Logger
  signal: AbortSignal
  /** The longest time between two tries, in milliseconds. */
  maxMs: number
  /** What is logged of each try that failed. */
  words: string
}

/**
 * Asks PowerDNS until it has answered: a wrong key or answer does not mend itself, but an operator may, and waiting beats restarting.
 * Rejects with the signal's reason.
 */
export async function answerOfPowerDns<T>(
  {log, signal, maxMs, words}: Waiting,
  ask: () => Promise<T>,
): Promise<T> {
  for (const delay of backoff({firstMs: 100, maxMs})) {
    try {
      return await ask()
    } catch (error) {
      signal.throwIfAborted()
      const event = error instanceof PowerDnsUnavailableError ? 'powerdns.waiting' : 'powerdns.unusable'
      log.warn({event, error}, words)
    }
    await sleep(delay, signal)
  }
  throw new Error('unreachable: a backoff never ends')
}
