import {domainToASCII} from 'node:url'
import {orAborted} from '../lib/async/abort.js'
import type {ZoneName} from '../lib/dns/name.js'
import type {System} from '../lib/system/system.js'
import {BaseCommand} from './base.js'
import {InvalidFlagError} from './flags-base.js'

/** A command that needs the running system. */
export abstract class SystemCommand<T> extends BaseCommand<T> {
  /** Connects to the broker; to be closed by `await using`. */
  protected async open(): Promise<System> {
    const {signal} = this
    const config = await this.settings()
    const {System} = await import('../lib/system/system.js')
    const opening = System.open(config, await this.logger())
    await orAborted(
      signal,
      opening.catch(() => undefined),
    )
    signal.throwIfAborted()
    return opening.catch((error: unknown) => this.#explain(error))
  }

  /** Rejects with the error; where nobody said which broker, that may be all that is wrong. */
  async #explain(error: unknown): Promise<never> {
    const {BrokerUnavailableError} = await import('../lib/broker/errors.js')
    if (!(error instanceof BrokerUnavailableError)) throw error
    const {file, settings} = await this.readSettings([])
    const servers = settings.find(({section, key}) => section === 'broker' && key === 'servers')
    if (file !== undefined || servers?.source !== 'default') throw error
    const hint =
      'No configuration file was found, so this is the default: name a file with `--config`, or a server with `--broker`'
    throw new BrokerUnavailableError(error.message, {cause: error, hints: [hint, ...error.hints]})
  }

  /** What goes on, for whoever watches: on a terminal, and nowhere else. */
  protected tell(text: string): void {
    if (process.stderr.isTTY) this.logToStderr(text)
  }

  /** A zone as people write it: with or without the dot, in any case, internationalised names as they are read. */
  protected async zone(text: string): Promise<ZoneName> {
    const {InvalidNameError, zoneName} = await import('../lib/dns/name.js')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
    const ascii = /^[\x00-\x7f]*$/.test(text) ? text : domainToASCII(text) || text
    try {
      return zoneName(ascii)
    } catch (error) {
      if (!(error instanceof InvalidNameError)) throw error
      throw new InvalidFlagError(error.message, {cause: error, hints: error.hints})
    }
  }
}
