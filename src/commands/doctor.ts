import * as Flags from '@oclif/core/flags'
import {DOCTOR_ROLES} from '../lib/doctor/checks.js'
import type {DoctorReport} from '../lib/doctor/examine.js'
import {BaseCommand} from './base.js'
import {durationFlag} from './flags-base.js'

export default class Doctor extends BaseCommand<DoctorReport> {
  static override summary = 'Look for everything that goes wrong in practice, and say how to mend it'
  static override description =
    `Looks at this machine, the broker, the daemons, the secondaries and PowerDNS: versions, API keys, transfers, settings,
certificates, permissions, clocks, ports. Each check tells what it saw and, where that is not right, what to do.
Nothing is changed. What cannot be reached is a finding, and what depends on it is skipped.

--role says what this machine is, and with it which checks are made; by default that follows from the sections of the
configuration. Run it on the primary and on each secondary, as one who may read that configuration and its secrets: root,
where the Debian packages made them. On the primary --config names the daemons' own file; without it the commands' is read.

--probe has one zone make the whole way: it is transferred from the primary, stored if it changed, and every active
secondary proves that it serves it. No record is changed for that.

Exits with 1 if there is a problem, with --strict also if there is a warning.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'Also send something round, and see when each secondary proved it',
      command: '<%= config.bin %> <%= command.id %> --probe example.com',
    },
    {
      description: 'From cron: silent unless there is something to do',
      command: '<%= config.bin %> <%= command.id %> --quiet --strict',
    },
    '<%= config.bin %> <%= command.id %> --json | jq -r \'.checks[] | select(.result == "problem") | .fix\'',
  ]
  static override flags = {
    role: Flags.option({options: DOCTOR_ROLES, multiple: true})({
      summary: 'What this machine is (default: by the sections of the configuration)',
    }),
    probe: Flags.string({helpValue: 'ZONE', summary: 'Have this zone go round; nothing in it is changed'}),
    timeout: durationFlag({
      default: 30_000,
      defaultHelp: async () => '30s',
      summary: 'How long the proofs of a probe may take',
    }),
    strict: Flags.boolean({summary: 'Exit with 1 for warnings, too'}),
    quiet: Flags.boolean({char: 'q', summary: 'Show only what is not as it should be'}),
  }

  async run(): Promise<DoctorReport> {
    const {flags} = await this.parse(Doctor)
    const {signal} = this
    const [{consultDoctor, needsOf, rolesOf}, {doctorLines}, {StatusLine}, {paintFor}] = await Promise.all([
      import('../lib/system/doctor/doctor.js'),
      import('../lib/ui/doctor-view.js'),
      import('../lib/ui/status-line.js'),
      import('../lib/ui/paint.js'),
    ])
    const {role, probe, timeout, quiet, strict} = flags
    const reading = await this.readSettings(needsOf(role ?? []))
    using status = new StatusLine(process.stderr)
    const report = await consultDoctor({
      reading,
      roles: role ?? rolesOf(reading.config),
      pdist: this.config.version,
      probe,
      probeTimeoutMs: timeout,
      log: await this.logger(),
      signal,
      onProgress: (done, of) => status.show(`${done} of ${of} checks are done`),
    })
    status[Symbol.dispose]()
    const {isTTY, columns} = process.stdout
    const view = {quiet, columns: isTTY ? columns : undefined, paint: paintFor(process.stdout)}
    for (const line of doctorLines(report, view)) this.log(line)
    const isWrong = report.state === 'problem' || (strict && report.state === 'warning')
    return isWrong ? this.notDone(report) : report
  }
}
