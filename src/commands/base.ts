import {Command} from '@oclif/core/command'
import {ExitError} from '@oclif/core/errors'
import * as Flags from '@oclif/core/flags'
import type {Input, ParserOutput} from '@oclif/core/interfaces'
import type {ConfigReading} from '../lib/config/load.js'
import type {ConfigWith, DemandingSection} from '../lib/config/schema.js'
import {type ErrorReport, PdistError, reportOf} from '../lib/errors.js'
import {type Logger, silentLogger} from '../lib/logger.js'

/** What the exit codes mean, besides 0 for done. */
const NOT_DONE = 1
const NOT_UNDERSTOOD = 2
const USAGE = 'PDIST_USAGE'

/** The reason of a command's signal after Ctrl-C or SIGTERM. */
export class InterruptedError extends PdistError {
  readonly code = 'PDIST_INTERRUPTED'
}

type Outputs = Record<string, unknown>

interface SharedFlags {
  config?: string
  broker?: string[]
  verbose?: boolean
}

/**
 * What all commands share. `run` parses, delegates and returns a typed result, which `--json` prints on
 * stdout. Errors go to stderr: as text with the next steps, or with `--json` as their report.
 */
export abstract class BaseCommand<T> extends Command {
  static override enableJsonFlag = true
  static override baseFlags = {
    config: Flags.string({
      char: 'c',
      helpValue: 'FILE',
      helpGroup: 'GLOBAL',
      summary: 'Configuration file (default: $PDIST_CONFIG, else /etc/pdist/pdist.toml)',
    }),
    broker: Flags.string({
      multiple: true,
      delimiter: ',',
      helpValue: 'URL',
      helpGroup: 'GLOBAL',
      summary: 'NATS servers, instead of the configured ones',
    }),
    verbose: Flags.boolean({helpGroup: 'GLOBAL', summary: 'Log to stderr what is done'}),
  }

  #shared: SharedFlags = {}
  #interrupt: AbortController | undefined
  readonly #interrupted = () => this.#interrupt?.abort(new InterruptedError('interrupted'))

  abstract override run(): Promise<T>

  /** Aborted by the first Ctrl-C or SIGTERM, with an InterruptedError; the second ends the process at once. */
  protected get signal(): AbortSignal {
    if (!this.#interrupt) {
      this.#interrupt = new AbortController()
      process.once('SIGINT', this.#interrupted).once('SIGTERM', this.#interrupted)
    }
    return this.#interrupt.signal
  }

  /** The configuration, with the sections that this command needs complete; throws ConfigError. */
  protected async settings<N extends DemandingSection = never>(
    need: readonly N[] = [],
  ): Promise<ConfigWith<N>> {
    const {loadConfig} = await import('../lib/config/load.js')
    return loadConfig({...this.#sources(), need})
  }

  /** As `settings`, with the mistakes instead of an error. */
  protected async readSettings(need: readonly DemandingSection[]): Promise<ConfigReading<DemandingSection>> {
    const {readConfig} = await import('../lib/config/load.js')
    return readConfig({...this.#sources(), need})
  }

  /** Logs to stderr with `--verbose`, else nowhere. To be asked for after `parse`. */
  protected async logger(): Promise<Logger> {
    if (!this.#shared.verbose) return silentLogger
    const {createLogger} = await import('../lib/log/logger.js')
    return createLogger({name: this.id ?? 'pdist', level: 'debug', to: 'stderr'})
  }

  /** For a result that says itself what could not be done: it is returned, and the process exits with 1. */
  protected notDone(result: T): T {
    process.exitCode = NOT_DONE
    return result
  }

  /** What the process exits with after an error, which is about how the command was called, or about what it does. */
  protected exitCodeAfter(kind: 'usage' | 'failure'): number {
    return kind === 'usage' ? NOT_UNDERSTOOD : NOT_DONE
  }

  protected override async parse<F extends Outputs, B extends Outputs, A extends Outputs>(
    options?: Input<F, B, A>,
    argv?: string[],
  ): Promise<ParserOutput<F, B, A>> {
    const output = await super.parse(options, argv)
    this.#shared = output.flags as SharedFlags
    return output
  }

  protected override async catch(error: unknown): Promise<never> {
    if (error instanceof ExitError) throw error
    // What fails before the flags and arguments are understood, is about them.
    const report = this.parsed ? reportOf(error) : usageReport(error)
    process.stderr.write(this.jsonEnabled() ? `${JSON.stringify(report)}\n` : formatReport(report))
    if (this.#shared.verbose && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    throw new ExitError(this.exitCodeAfter(this.parsed && report.code !== USAGE ? 'failure' : 'usage'))
  }

  protected override async finally(): Promise<void> {
    process.off('SIGINT', this.#interrupted).off('SIGTERM', this.#interrupted)
  }

  #sources() {
    return {file: this.#shared.config, flags: {'broker.servers': this.#shared.broker}}
  }
}

/** oclif wraps what a flag's own check says into words of its own. */
function usageReport(error: unknown): ErrorReport {
  const {code, message, hints} = reportOf(error)
  const own = error instanceof PdistError
  return {
    code: own ? code : USAGE,
    message: message.replace(/\nSee more help with --help$/, '').replace(/^Parsing (--\S+)\s+/, '$1: '),
    hints: own ? hints : ['See `--help` for the flags, arguments and examples'],
  }
}

function formatReport({code, message, hints}: ErrorReport): string {
  const steps = hints.map((hint) => `  -> ${hint}\n`).join('')
  return `Error ${code}: ${message}\n${steps}`
}
