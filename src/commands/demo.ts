import * as Flags from '@oclif/core/flags'
import type {DemoReport} from '../lib/lab/demo.js'
import {BaseCommand} from './base.js'

/** Hidden from the operator's help: `npm run demo` is its way in. */
export default class Demo extends BaseCommand<DemoReport> {
  static override hidden = true
  static override summary = 'Watch changes arrive at real secondaries'
  static override description =
    `Starts the whole system on this machine, then creates, secures, changes and deletes a zone through the API of the \
primary, and shows when each secondary served it. Everything is stopped and removed in the end.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --secondaries 4',
    '<%= config.bin %> <%= command.id %> --json',
  ]
  // It configures itself: a file or a broker given would be ignored.
  static override baseFlags = {json: BaseCommand.baseFlags.json} as typeof BaseCommand.baseFlags
  static override flags = {
    secondaries: Flags.integer({min: 1, default: 2, helpValue: 'N', summary: 'Number of secondaries'}),
    ipv6: Flags.boolean({summary: 'Everything on ::1, nothing on IPv4'}),
  }

  /** Stopping every part takes as long as it takes. */
  protected override get patienceMs(): number {
    return Number.POSITIVE_INFINITY
  }

  async run(): Promise<DemoReport> {
    const {flags} = await this.parse(Demo)
    const {signal} = this
    const {Demo: Show} = await import('../lib/lab/demo.js')
    const {runStages} = await import('../lib/ui/stages.js')
    await using show = new Show({...flags, signal})
    await runStages(show.stages(), this.jsonEnabled() ? SILENT : process.stdout)
    return show.report
  }
}

const SILENT = {write: () => true}
