export interface PdistErrorOptions {
  cause?: unknown
  /** What the reader can do next; each line is one whole suggestion. */
  hints?: readonly string[]
}

/**
 * The root of every error that pdist raises on purpose. `code` is stable: scripts, receipts and
 * `--json` output rely on it, so it never changes once released.
 */
export abstract class PdistError extends Error {
  abstract readonly code: `PDIST_${string}`
  readonly hints: readonly string[]

  constructor(message: string, {cause, hints = []}: PdistErrorOptions = {}) {
    super(message, cause === undefined ? undefined : {cause})
    this.name = new.target.name
    this.hints = hints
  }
}

/** The shape in which an error leaves the process: in `--json`, in receipts, in logs. */
export interface ErrorReport {
  code: string
  message: string
  hints: readonly string[]
}

/** Reduces anything thrown to its report; unknown errors get the code `PDIST_UNEXPECTED`. */
export function reportOf(error: unknown): ErrorReport {
  if (error instanceof PdistError) return {code: error.code, message: error.message, hints: error.hints}
  return {
    code: 'PDIST_UNEXPECTED',
    message: error instanceof Error ? error.message : String(error),
    hints: [],
  }
}
