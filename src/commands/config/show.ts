import * as Flags from '@oclif/core/flags'
import type {ShownSetting} from '../../lib/config/print.js'
import {BaseCommand} from '../base.js'

export interface ConfigShowReport {
  /** The file that was read; absent when there was none. */
  file?: string
  /** Everything that is set, defaults included; secrets are hidden. */
  settings: readonly ShownSetting[]
}

export default class ConfigShow extends BaseCommand<ConfigShowReport> {
  static override summary = 'Show the configuration that is in effect, and where each value comes from'
  static override description =
    `Reads the file and the environment as the daemons do, and shows what results as TOML, defaults included and secrets hidden.
With --with-sources each value tells whether the file, a variable, a flag or the default says so. Exits with 1 if something
in it is wrong: \`pdist config check\` tells what.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'What somebody has set',
      command: '<%= config.bin %> <%= command.id %> --with-sources | grep -v "# default"',
    },
    '<%= config.bin %> <%= command.id %> --json | jq -r \'.settings[] | select(.path == "broker.servers") | .value[]\'',
  ]
  static override flags = {
    'with-sources': Flags.boolean({summary: 'Tell of each value where it comes from'}),
  }

  async run(): Promise<ConfigShowReport> {
    const {flags} = await this.parse(ConfigShow)
    const {printSettings, shownSettings} = await import('../../lib/config/print.js')
    const {file, mistakes, settings} = await this.readSettings([])
    this.log(`# ${file ?? 'no file: environment and defaults only'}\n`)
    this.log(printSettings(settings, {sources: flags['with-sources']}))
    const report = {...(file === undefined ? {} : {file}), settings: shownSettings(settings)}
    if (mistakes.length === 0) return report
    const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`
    if (!this.jsonEnabled()) this.logToStderr(`\n${count}: run \`pdist config check\``)
    return this.notDone(report)
  }
}
