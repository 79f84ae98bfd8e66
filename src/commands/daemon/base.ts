import type {DaemonConfig, StartDaemon} from '../../daemons/runner.js'
import type {Role} from '../../lib/config/roles.js'
import {BaseCommand} from '../base.js'

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
    return this.exit(await runDaemon({name, version: this.config.version, config, start}))
  }
}

/** A daemon has no result to print. */
function withoutJson() {
  const {json: _, ...flags} = BaseCommand.baseFlags
  return flags as typeof BaseCommand.baseFlags
}
