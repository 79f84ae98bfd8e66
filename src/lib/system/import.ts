import type {ConfigWith} from '../config/schema.js'
import type {ZoneName} from '../dns/name.js'
import {typeName} from '../dns/types.js'
import {PdistError, type PdistErrorOptions} from '../errors.js'
import {PowerDnsClient} from '../powerdns/client.js'
import {changeRrsets, createZone, type NewZoneKind, portionsOf, readRrsets} from '../powerdns/rrsets.js'
import {losesMost} from '../sync/compare/guard.js'
import {type ImportPlan, notAsPlanned, planImport} from '../sync/import/plan-import.js'
import {apiChangeOf, escapeLevelsOf, hasEscapes, primaryRrsetOf} from './api-rrsets.js'
import {guardLimits} from './config-views.js'
import {loadZoneFile, type ZoneFileRequest} from './zone-file.js'

/** The zone was signed elsewhere: single records cannot be changed. */
export class PresignedZoneError extends PdistError {
  readonly code = 'PDIST_PRESIGNED_ZONE'
}

/** The primary did not take a change, or nobody waited for it; the message says what it has of it. */
export class ImportFailedError extends PdistError {
  readonly code: 'PDIST_IMPORT_FAILED' | 'PDIST_INTERRUPTED'

  constructor(message: string, {code, ...options}: PdistErrorOptions & Pick<ImportFailedError, 'code'>) {
    super(message, options)
    this.code = code
  }
}

export interface PlannedImport {
  plan: ImportPlan
  /** What in the file hardly is as it was meant. */
  warnings: string[]
}

export interface ApplyOptions {
  kind: NewZoneKind
  onProgress?(done: number, all: number): void
  signal: AbortSignal
}

/** How long PowerDNS may take for one call: some 100,000 records are minutes on a slow disk. */
const CALL_MS = 600_000

/** The primary's API as an import needs it; to be closed. */
export class Importer implements AsyncDisposable {
  readonly #config: ConfigWith<'primary'>
  readonly #client: PowerDnsClient

  constructor(config: ConfigWith<'primary'>) {
    this.#config = config
    this.#client = new PowerDnsClient({...config.primary, timeoutMs: CALL_MS})
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close()
  }

  /**
   * Reads file and primary, and changes nothing. Rejects with ZoneFileError, ZoneFileUnreadableError, PresignedZoneError, and as
   * PowerDnsClient does.
   */
  async plan(request: Omit<ZoneFileRequest, 'maxRecords'>): Promise<PlannedImport> {
    const {zone, signal} = request
    const {transferRecords: maxRecords} = this.#config.zoneProvider
    const {rrsets, warnings} = await loadZoneFile({...request, maxRecords})
    const current = await readRrsets(this.#client, zone, signal)
    const presigned = current && (await this.#client.metadata(zone, 'PRESIGNED', signal))
    if (presigned?.includes('1')) throw presignedZone(zone)
    return {plan: planImport(zone, current?.map(primaryRrsetOf), rrsets), warnings}
  }

  /** Whether the plan loses so much that somebody has to say that this is meant: as the guard sees it. */
  losesMost({records}: ImportPlan): boolean {
    return losesMost(records, guardLimits(this.#config))
  }

  /**
   * Makes the changes, each call's all or none, and looks whether PowerDNS has read what it was sent as it was meant. Rejects with
   * ImportFailedError.
   */
  async apply(plan: ImportPlan, options: ApplyOptions): Promise<void> {
    const {zone, changes} = plan
    const {signal, onProgress} = options
    let done = 0
    let doubtful = false
    try {
      const levels = escapeLevelsOf(await this.#client.serverVersion(signal))
      const calls = changes.map((change) => apiChangeOf(change, levels))
      doubtful = calls.some(hasEscapes)
      for (const portion of portionsOf(calls)) {
        signal.throwIfAborted()
        const isFirst = plan.do === 'create' && done === 0
        if (isFirst) await createZone(this.#client, {zone, kind: options.kind, rrsets: portion}, signal)
        else await changeRrsets(this.#client, zone, portion, signal)
        done += portion.length
        onProgress?.(done, changes.length)
      }
    } catch (error) {
      throw failed(zone, {done, all: changes.length, interrupted: signal.aborted}, error)
    }
    if (doubtful) await this.#compare(plan, signal)
  }

  async #compare(plan: ImportPlan, signal: AbortSignal): Promise<void> {
    const current = await readRrsets(this.#client, plan.zone, signal)
    const [first, ...others] = notAsPlanned(plan, current?.map(primaryRrsetOf) ?? [])
    if (!first) return
    const more = others.length > 0 ? ` and ${others.length} more` : ''
    throw new ImportFailedError(
      `${plan.zone}: the primary has other records than it was sent: ${typeName(first.type)} at ${first.name}${more}`,
      {
        code: 'PDIST_IMPORT_FAILED',
        hints: [
          'See them with `--dry-run`: somebody else changed them, or this version of PowerDNS reads escapes in its own way',
          'Load the file on the primary with `pdnsutil load-zone`',
        ],
      },
    )
  }
}

function failed(
  zone: ZoneName,
  {done, all, interrupted}: {done: number; all: number; interrupted: boolean},
  cause: unknown,
): ImportFailedError {
  const why = interrupted ? 'interrupted' : cause instanceof Error ? cause.message : String(cause)
  // What was under way when the call was given up may have been done, or not.
  const open = interrupted ? ', perhaps some more' : ''
  const isUntouched = done === 0 && !interrupted
  const state = isUntouched ? 'nothing was changed' : `${done} of ${all} RRsets were changed${open}`
  return new ImportFailedError(`${zone}: ${state}: ${why}`, {
    code: interrupted ? 'PDIST_INTERRUPTED' : 'PDIST_IMPORT_FAILED',
    cause,
    hints: isUntouched ? [] : ['Run the same import again: it does what is left to do'],
  })
}

function presignedZone(zone: ZoneName): PresignedZoneError {
  return new PresignedZoneError(`${zone} is presigned: PowerDNS's API does not change it`, {
    hints: [`Load it on the primary with \`pdnsutil load-zone\`, then run \`pdist zone push ${zone}\``],
  })
}
