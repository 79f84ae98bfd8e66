import * as Flags from '@oclif/core/flags'
import type {Mistake} from '../../lib/config/mistakes.js'
import type {ShownSetting} from '../../lib/config/print.js'
import {needsOf, type Role, roles} from '../../lib/config/roles.js'
import {BaseCommand} from '../base.js'

export interface ConfigCheckReport {
  valid: boolean
  /** The file that was read; absent when there was none. */
  file?: string
  mistakes: readonly Mistake[]
  /** Everything that is set, defaults included; secrets are hidden. */
  settings: readonly ShownSetting[]
}

export default class ConfigCheck extends BaseCommand<ConfigCheckReport> {
  static override summary = 'Show the configuration and everything that is wrong with it'
  static override description =
    `Reads the file and the environment as the daemons do, shows what results, defaults included and secrets \
hidden, and names every mistake by its path, also a file that is named and cannot be read. Exits with 1 if there is one.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'Check also that nothing is missing which the syncer needs',
      command: '<%= config.bin %> <%= command.id %> --role syncer --config /etc/pdist/pdist.toml',
    },
    '<%= config.bin %> <%= command.id %> --json',
  ]
  static override flags = {
    role: Flags.option({options: roles, multiple: true})({
      summary: 'Daemons that the configuration has to be complete for',
    }),
  }

  async run(): Promise<ConfigCheckReport> {
    const {flags} = await this.parse(ConfigCheck)
    const {printSettings, shownSettings} = await import('../../lib/config/print.js')
    const {file, settings, mistakes: found} = await this.readSettings(needs(flags.role ?? []))
    const {unreadableFiles} = await import('../../lib/config/named-files.js')
    const mistakes = [...found, ...(await unreadableFiles(settings))]
    this.log(`# ${file ?? 'no file: environment and defaults only'}\n\n${printSettings(settings)}`)
    if (!this.jsonEnabled()) process.stderr.write(summarize(mistakes))
    if (!this.jsonEnabled()) {
      const {readableByOthers} = await import('../../lib/config/secret-files.js')
      const readable = await readableByOthers({settings, ...(file === undefined ? {} : {file})})
      for (const {path, named} of readable) {
        this.logToStderr(
          `warning: ${named}: everybody can read ${path}, which holds a secret: chmod o-rwx ${path}`,
        )
      }
    }
    const valid = mistakes.length === 0
    const report = {valid, ...(file === undefined ? {} : {file}), mistakes, settings: shownSettings(settings)}
    return valid ? report : this.notDone(report)
  }
}

function needs(given: readonly Role[]) {
  return given.flatMap((role) => needsOf[role])
}

function summarize(mistakes: readonly Mistake[]): string {
  if (mistakes.length === 0) return '\nNo mistakes.\n'
  const lines = mistakes.map(({path, message}) => `  ${path}: ${message}\n`)
  return `\n${mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`}:\n${lines.join('')}`
}
