import {needsOf} from '../../lib/config/roles.js'
import {DaemonCommand} from './base.js'

export default class DaemonSyncer extends DaemonCommand {
  static override summary = 'Run the daemon that keeps the PowerDNS of a secondary up to date'
  static override description =
    `It runs beside each secondary, has the local PowerDNS create, transfer and delete zones, and sends a receipt \
once a version is really served.

Runs in the foreground, logs to stdout and stops on SIGTERM or SIGINT, within 10 seconds. It waits for \
what is not there yet.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --config /etc/pdist/syncer.toml',
    {
      description: 'Configured by the environment alone',
      command:
        'PDIST_SECONDARY_NAME=ns1 PDIST_SECONDARY_API_URL=http://[::1]:8081 PDIST_SECONDARY_API_KEY_FILE=/etc/pdist/key <%= config.bin %> <%= command.id %>',
    },
  ]

  async run(): Promise<never> {
    await this.parse(DaemonSyncer)
    const config = await this.settings(needsOf.syncer)
    const {startSyncer} = await import('../../daemons/syncer.js')
    return this.runDaemon('syncer', config, startSyncer)
  }
}
