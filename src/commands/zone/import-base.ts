import * as Flags from '@oclif/core/flags'
import type {ZoneName} from '../../lib/dns/name.js'
import type {ImportPlan} from '../../lib/sync/import/plan-import.js'
import type {PushReport, WaitFor} from '../../lib/sync/push.js'
import type {Importer} from '../../lib/system/import.js'
import type {System} from '../../lib/system/system.js'
import type {DifferentRrset} from '../../lib/system/zone-diff.js'
import {InterruptedError} from '../base.js'
import {InvalidFlagError} from '../flags-base.js'
import {SystemCommand} from '../system-base.js'

export interface ImportOutcome {
  /** What had to be done to the zone on the primary. */
  action: 'create' | 'change' | 'nothing'
  /** Whether it was done: not with a dry run, and not where the answer was no. */
  applied: boolean
  /** Records that were compared, before and after, and records of the file that the primary makes itself. */
  records: {before: number; after: number; added: number; removed: number; skipped: number}
  rrsets: DifferentRrset[]
  /** What in the file hardly is as it was meant, each with file and line. */
  warnings: string[]
}

export interface ImportFlags {
  file: string
  yes: boolean
  kind: string
  'dry-run': boolean
  'accept-loss': boolean
}

export interface PushFlags {
  wait: WaitFor
  timeout: number
  acceptLoss: boolean
  /** Whether something was imported just now. */
  imported: boolean
}

/** What concerns the file, for the commands that import one. */
export const importFlags = {
  yes: Flags.boolean({char: 'y', summary: 'Do not ask'}),
  kind: Flags.string({
    options: ['primary', 'native'],
    default: 'primary',
    summary:
      'The kind of a zone that is created: PowerDNS tells of changes around the API only for `primary`',
  }),
}

/** A command that brings a zone file to the primary. */
export abstract class ImportingCommand<T> extends SystemCommand<T> {
  /** Plans, shows, asks, and applies through the primary's API. */
  protected async importFile(zone: ZoneName, flags: ImportFlags): Promise<ImportOutcome> {
    const config = await this.settings(['primary'])
    const [{Importer}, {differentRrset}, {printable}] = await Promise.all([
      import('../../lib/system/import.js'),
      import('../../lib/system/zone-diff.js'),
      import('../../lib/ui/printable.js'),
    ])
    const {signal} = this
    await using importer = new Importer(config)
    this.tell(`comparing ${flags.file} with the primary`)
    const {plan, warnings} = await importer.plan({zone, path: flags.file, stdin: process.stdin, signal})
    for (const warning of warnings) this.logToStderr(`warning: ${printable(warning)}`)
    const applied =
      (await this.#isWanted(importer, plan, flags)) && (await this.#apply(importer, plan, flags))
    return {
      action: plan.do,
      applied,
      records: plan.records,
      rrsets: plan.differences.map(differentRrset),
      warnings,
    }
  }

  /** Has the secondaries prove it. What was applied was agreed to, so no loss in it needs to be asked about again. */
  protected async pushImported(system: System, zone: ZoneName, flags: PushFlags): Promise<PushReport[]> {
    const [{preparePush}, {showPushes}] = await Promise.all([
      import('../../lib/system/push.js'),
      import('../../lib/ui/push-view.js'),
    ])
    const {signal} = this
    const {secondaries, push} = await preparePush(system, signal)
    const request = {
      waitFor: flags.wait,
      timeoutMs: flags.timeout,
      acceptLoss: flags.acceptLoss,
      imported: flags.imported,
      signal,
    }
    const pushed = showPushes({zones: [zone], secondaries, quiet: this.jsonEnabled()}, (each, onProgress) =>
      push(each, {...request, onProgress}),
    )
    return this.#told(pushed, `${zone} is as the file on the primary, but not proved everywhere`)
  }

  async #isWanted(importer: Importer, plan: ImportPlan, flags: ImportFlags): Promise<boolean> {
    const {importSummary, importQuestion, importLines} = await import('../../lib/ui/import-view.js')
    const color = process.stdout.isTTY && process.stdout.hasColors()
    for (const line of importLines(plan, {color})) this.log(line)
    this.log(importSummary(plan))
    if (plan.do === 'nothing' || flags['dry-run']) return false
    const loss = importer.losesMost(plan)
    if (!flags.yes) {
      const {confirm} = await import('../../lib/ui/confirm.js')
      const answer = confirm(
        importQuestion(plan, {loss}),
        {input: process.stdin, output: process.stderr},
        this.signal,
      )
      return this.#told(answer, 'nothing was changed')
    }
    if (!loss || flags['accept-loss']) return true
    throw new InvalidFlagError(
      `${plan.zone} would have ${plan.records.after} of ${plan.records.before} records`,
      {
        hints: ['Say `--accept-loss` as well where this is meant'],
      },
    )
  }

  async #apply(importer: Importer, plan: ImportPlan, {kind}: ImportFlags): Promise<true> {
    const onProgress = (done: number, all: number) => this.tell(`${done} of ${all} RRsets changed`)
    await importer.apply(plan, {
      kind: kind === 'native' ? 'native' : 'primary',
      onProgress,
      signal: this.signal,
    })
    this.log(`${plan.zone}: ${plan.do === 'create' ? 'created' : 'changed'} on the primary`)
    return true
  }

  /** Says after Ctrl-C what was and was not done. */
  async #told<R>(work: Promise<R>, state: string): Promise<R> {
    try {
      return await work
    } catch (error) {
      throw this.signal.aborted ? new InterruptedError(`interrupted: ${state}`, {cause: error}) : error
    }
  }
}
