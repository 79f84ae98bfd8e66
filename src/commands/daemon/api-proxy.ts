import {needsOf} from '../../lib/config/roles.js'
import {DaemonCommand} from './base.js'

export default class DaemonApiProxy extends DaemonCommand {
  static override summary = 'Run the reverse proxy before the PowerDNS API of the primary'
  static override description =
    `API clients talk to it, over HTTPS, instead of to PowerDNS. It forwards every call unchanged, and publishes an \
event for each call that changed a zone.

Runs in the foreground, logs to stdout and stops on SIGTERM or SIGINT, within 10 seconds. It waits for \
what is not there yet.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --config /etc/pdist/api-proxy.toml',
    {
      description: 'Configured by the environment alone',
      command:
        'PDIST_PRIMARY_API_URL=http://[::1]:8081 PDIST_PRIMARY_API_KEY_FILE=/etc/pdist/key <%= config.bin %> <%= command.id %>',
    },
  ]

  async run(): Promise<never> {
    await this.parse(DaemonApiProxy)
    const config = await this.settings(needsOf['api-proxy'])
    const {startApiProxy} = await import('../../daemons/api-proxy.js')
    return this.runDaemon('api-proxy', config, startApiProxy)
  }
}
