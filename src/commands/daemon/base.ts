import type {DaemonConfig, StartDaemon} from '../../daemons/runner.js'
import type {Role} from '../../lib/config/roles.js'
import type {ReadableFile} from '../../lib/config/secret-files.js'
import {BaseCommand} from '../base.js'

const READABLE = 'everybody on this machine can read a file with a secret'

/** Runs one daemon in the foreground until it is told to stop; the process ends with its exit code. */
export abstract class DaemonCommand extends BaseCommand<never> {
  static override enableJsonFlag = false
  static override baseFlags = withoutJson()

  /** Ends the process by an ExitError; rejects with the error of a start that failed. */
  protected async runDaemon<C extends DaemonConfig>(
    name: Role,
    config: C,
    start: StartDaemon<C>,
  ): Promise<never> {
    const {runDaemon} = await import('../../daemons/runner.js')
    const {readableByOthers} = await import('../../lib/config/secret-files.js')
    const readable = await readableByOthers(await this.readSettings([]))
    return this.exit(
      await runDaemon({
        name,
        version: this.config.version,
        config,
        start: (context) => {
          for (const file of readable) context.log.warn({event: 'config.readable', ...told(file)}, READABLE)
          return start(context)
        },
      }),
    )
  }
}

function told({path, named, mode}: ReadableFile) {
  return {path, named, mode: mode.toString(8).padStart(4, '0')}
}

/** A daemon has no result to print. */
function withoutJson() {
  const {json: _, ...flags} = BaseCommand.baseFlags
  return flags as typeof BaseCommand.baseFlags
}
