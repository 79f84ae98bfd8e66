import {needsOf} from '../../lib/config/roles.js'
import {DaemonCommand} from './base.js'

export default class DaemonZoneProvider extends DaemonCommand {
  static override summary = 'Run the daemon that stores changed zones of the primary in the broker'
  static override description =
    `It transfers each zone that an event names from the primary, and stores it if it differs from the newest \
version. Any number of them may run at once.

Runs in the foreground, logs to stdout and stops on SIGTERM or SIGINT, within 10 seconds. It waits for \
what is not there yet.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --config /etc/pdist/zone-provider.toml',
    {
      description: 'Configured by the environment alone',
      command:
        'PDIST_PRIMARY_API_URL=http://[::1]:8081 PDIST_PRIMARY_API_KEY_FILE=/etc/pdist/key <%= config.bin %> <%= command.id %>',
    },
  ]

  async run(): Promise<never> {
    await this.parse(DaemonZoneProvider)
    const config = await this.settings(needsOf['zone-provider'])
    const {startZoneProvider} = await import('../../daemons/zone-provider.js')
    return this.runDaemon('zone-provider', config, startZoneProvider)
  }
}
