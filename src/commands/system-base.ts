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
    await orAborted(signal, opening)
    signal.throwIfAborted()
    return opening
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
