import {Command} from '@oclif/core/command'
import {ExitError} from '@oclif/core/errors'
import * as Flags from '@oclif/core/flags'
import type {Input, ParserOutput} from '@oclif/core/interfaces'
import {denialReport} from '../cli/denial.js'
import {NOT_DONE, NOT_UNDERSTOOD, USAGE, writeReport} from '../cli/report.js'
import {isAbortOf} from '../lib/async/abort.js'
import type {ConfigReading} from '../lib/config/load.js'
import type {ConfigWith, DemandingSection} from '../lib/config/schema.js'
import {PdistError, reportOf} from '../lib/errors.js'
import {type Logger, silentLogger} from '../lib/logger.js'
import type {ExitCodes} from '../lib/ui/manual/surface.js'

/** How long an interrupted command may take to end what it has in hand, in milliseconds. */
const PATIENCE_MS = 1000
/** As a shell tells that Ctrl-C ended a process. */
const ENDED_BY_SIGINT = 130
const SHOW_CURSOR = '\u001b[?25h'

/** The reason of a command's signal after Ctrl-C or SIGTERM. */
export class InterruptedError extends PdistError {
  readonly code = 'PDIST_INTERRUPTED'
}

/** The reason of a command's signal after whoever read its output closed it: `pdist events --follow | head -1`. */
export class OutputClosedError extends PdistError {
  readonly code = 'PDIST_OUTPUT_CLOSED'
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
  /** For the help, where they are others than those of all commands. */
  static exitCodes: ExitCodes | undefined
  static override baseFlags = {
    json: Flags.boolean({
      helpGroup: 'GLOBAL',
      summary: 'Print the result as JSON on stdout, and an error as JSON on stderr',
    }),
    config: Flags.string({
      char: 'c',
      helpValue: 'FILE',
      helpGroup: 'GLOBAL',
      summary: 'Configuration file (default: $PDIST_CONFIG, else /etc/pdist/pdist.toml)',
    }),
    broker: Flags.string({
      multiple: true,
      // Else it would take the arguments that follow for more servers.
      multipleNonGreedy: true,
      delimiter: ',',
      helpValue: 'URL',
      helpGroup: 'GLOBAL',
      summary: 'NATS servers, instead of the configured ones',
    }),
    verbose: Flags.boolean({helpGroup: 'GLOBAL', summary: 'Log to stderr what is done'}),
  }

  #shared: SharedFlags = {}
  #interrupt: AbortController | undefined
  #overdue: NodeJS.Timeout | undefined
  #tell: () => string = () => ''

  abstract override run(): Promise<T>

  /**
   * Aborted by the first Ctrl-C or SIGTERM, with an InterruptedError, and by a closed output, with an OutputClosedError. The second
   * Ctrl-C ends the process at once, as does an end that takes longer than `patienceMs`.
   */
  protected get signal(): AbortSignal {
    if (!this.#interrupt) {
      this.#interrupt = new AbortController()
      // Not `once`: libraries that restore the terminal end the process where nobody else listens.
      process.on('SIGINT', this.#onInterrupt).on('SIGTERM', this.#onInterrupt)
      process.stdout.on('error', this.#onOutputError)
    }
    return this.#interrupt.signal
  }

  /** For commands that have more to stop than a connection. */
  protected get patienceMs(): number {
    return PATIENCE_MS
  }

  /** What Ctrl-C is to say was and was not done, asked at that moment: `3 of 10 zones are confirmed`. */
  protected whenInterrupted(tell: () => string): void {
    this.#tell = tell
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

  protected override async init(): Promise<void> {
    await super.init()
    for (const output of [process.stdout, process.stderr]) assumeSize(output)
  }

  protected override async catch(error: unknown): Promise<never> {
    if (error instanceof ExitError) throw error
    if (this.#isCutShort(error)) throw this.#cutShort(error)
    // What fails before the flags and arguments are understood, is about them.
    const report = this.parsed ? (denialReport(error) ?? reportOf(error)) : await this.#usage(error)
    writeReport(report, this.jsonEnabled())
    if (this.#shared.verbose && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    throw new ExitError(this.exitCodeAfter(this.parsed && report.code !== USAGE ? 'failure' : 'usage'))
  }

  protected override async finally(): Promise<void> {
    process.off('SIGINT', this.#onInterrupt).off('SIGTERM', this.#onInterrupt)
    clearTimeout(this.#overdue)
  }

  readonly #onInterrupt = () => {
    if (this.#interrupt?.signal.reason instanceof InterruptedError) {
      showCursor()
      process.exit(ENDED_BY_SIGINT)
    }
    this.#interrupt?.abort(new InterruptedError('interrupted'))
    if (!Number.isFinite(this.patienceMs)) return
    this.#overdue = setTimeout(() => {
      this.#cutShort()
      process.exit(this.exitCodeAfter('failure'))
    }, this.patienceMs)
    this.#overdue.unref()
  }

  readonly #onOutputError = (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') this.#interrupt?.abort(new OutputClosedError('nobody reads the output'))
  }

  /** After Ctrl-C whatever fails does so because of it; a closed output only ends what heeds the signal. */
  #isCutShort(error: unknown): boolean {
    const signal = this.#interrupt?.signal
    if (signal?.reason instanceof InterruptedError) return true
    return signal?.aborted === true && (isAbortOf(signal, error) || isInterruption(error))
  }

  /** Tells what was and was not done: an interruption that comes from below knows more. */
  #cutShort(error?: unknown): ExitError {
    const reason: unknown = this.#interrupt?.signal.reason
    const told = this.#tell()
    const own = error !== reason && isInterruption(error) ? error : undefined
    // Whose output is all that it is for, is done when nobody reads.
    if (reason instanceof OutputClosedError && !own && told === '') return new ExitError(0)
    showCursor()
    const message = told === '' ? 'interrupted' : `interrupted: ${told}`
    writeReport(reportOf(own ?? new InterruptedError(message)), this.jsonEnabled())
    return new ExitError(this.exitCodeAfter('failure'))
  }

  async #usage(error: unknown) {
    const {usageReport} = await import('../cli/usage.js')
    const {ctor, config} = this
    const name = `${config.bin} ${(this.id ?? '').replaceAll(':', ' ')}`
    return usageReport(error, {name, flags: {...ctor.baseFlags, ...ctor.flags}, args: ctor.args})
  }

  #sources() {
    return {file: this.#shared.config, flags: {'broker.servers': this.#shared.broker}}
  }
}

function isInterruption(error: unknown): boolean {
  return error instanceof PdistError && error.code === 'PDIST_INTERRUPTED'
}

/** A view that was cut short may have left it hidden. */
function showCursor(): void {
  if (process.stderr.isTTY) process.stderr.write(SHOW_CURSOR)
}

/** A serial console, and `docker exec`, say that they have no columns: a view would be cut to nothing. */
function assumeSize(output: typeof process.stdout | typeof process.stderr): void {
  if (!output.isTTY || output.columns > 0) return
  output.columns = 80
  output.rows = 24
}
