import type {ErrorReport} from '../lib/errors.js'
import type {KEPT_OUT_REASONS} from '../lib/metrics/catalogue.js'
import type {Metrics} from '../lib/metrics/metrics.js'

/** Why a version is not stored or not applied: the error's code -> the metric's label. */
const REASONS: Readonly<Record<string, (typeof KEPT_OUT_REASONS)[number]>> = {
  PDIST_ZONEMD_MISMATCH: 'zonemd-mismatch',
  PDIST_ZONEMD_MISSING: 'zonemd-missing',
  PDIST_SIGNATURES_EXPIRED: 'signatures-expired',
  PDIST_TRANSFER_INCONSISTENT: 'transfer-inconsistent',
  PDIST_TRANSFER_INCOMPLETE: 'transfer-incomplete',
  PDIST_TRANSFER_MALFORMED: 'transfer-malformed',
  PDIST_TRANSFER_TOO_LARGE: 'transfer-too-large',
  PDIST_CORRUPT_SNAPSHOT: 'corrupt-snapshot',
  PDIST_UNSIGNED: 'unsigned',
  PDIST_UNKNOWN_KEY: 'unknown-key',
  PDIST_FORGED: 'forged',
  PDIST_REPLAYED: 'replayed',
}

/** Counts a failure where it is of the version itself, and not of the way to it. */
export function countKeptOut(metrics: Metrics, {code}: ErrorReport): void {
  const reason = REASONS[code]
  if (reason !== undefined) metrics.count('versionsKeptOut', {reason})
}
