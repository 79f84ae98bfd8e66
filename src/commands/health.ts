import type {HealthSnapshot} from '../lib/sync/watch/health.js'
import {SystemCommand} from './system-base.js'

export default class Health extends SystemCommand<HealthSnapshot> {
  static override summary = 'Show how every secondary stands'
  static override description =
    `Shows each secondary's state, lag and load as its last heartbeat told them, the zones that cannot be served, and
what waits in the broker. Exits with 1 unless everything is as it should be.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    "<%= config.bin %> <%= command.id %> --json | jq -r '.reasons[]'",
    {
      description: 'Quietly, from cron',
      command: '<%= config.bin %> <%= command.id %> >/dev/null || echo look',
    },
  ]

  async run(): Promise<HealthSnapshot> {
    await this.parse(Health)
    const [{checkHealth}, {renderHealth}] = await Promise.all([
      import('../lib/system/health.js'),
      import('../lib/ui/health-view.js'),
    ])
    await using system = await this.open()
    const snapshot = await checkHealth(system, this.signal)
    this.log(renderHealth(snapshot, process.stdout.columns ?? 120))
    return snapshot.state === 'ok' ? snapshot : this.notDone(snapshot)
  }
}
