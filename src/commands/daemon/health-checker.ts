import {needsOf} from '../../lib/config/roles.js'
import {DaemonCommand} from './base.js'

export default class DaemonHealthChecker extends DaemonCommand {
  static override summary = 'Run the daemon that watches over the secondaries'
  static override description =
    `It sends again what a secondary has not confirmed in time, marks silent secondaries as inactive, and warns of \
high load. Any number of them may run at once.

Runs in the foreground, logs to stdout and stops on SIGTERM or SIGINT, within 10 seconds. It waits for \
what is not there yet.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --config /etc/pdist/health-checker.toml',
    {
      description: 'Configured by the environment alone',
      command: 'PDIST_BROKER_SERVERS=nats://[::1]:4222 <%= config.bin %> <%= command.id %>',
    },
  ]

  async run(): Promise<never> {
    await this.parse(DaemonHealthChecker)
    const config = await this.settings(needsOf['health-checker'])
    const {startHealthChecker} = await import('../../daemons/health-checker.js')
    return this.runDaemon('health-checker', config, startHealthChecker)
  }
}
