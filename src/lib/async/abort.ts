/** Waits `ms` milliseconds; rejects with the signal's reason as soon as it is aborted. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  const {promise, resolve, reject} = Promise.withResolvers<void>()
  const abort = () => reject(signal?.reason)
  const timer = setTimeout(resolve, ms)
  signal?.addEventListener('abort', abort, {once: true})
  try {
    await promise
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

/** True where `error` is nothing but the echo of this signal's abort. */
export function isAbortOf(signal: AbortSignal, error: unknown): boolean {
  if (!signal.aborted) return false
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError')
}

/**
 * Runs `work` with a signal that also aborts after `ms` milliseconds. Neither the timer nor the tie to `signal` outlives the work.
 * The signal's reason on time-out is a `DOMException` named `TimeoutError`.
 */
export async function withTimeout<T>(
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // Not `AbortSignal.any`, which costs more than most of what is done under it.
  const bounded = new AbortController()
  const abort = () => bounded.abort(signal?.reason)
  const timer = setTimeout(
    () => bounded.abort(new DOMException(`no result within ${ms} ms`, 'TimeoutError')),
    ms,
  )
  signal?.addEventListener('abort', abort, {once: true})
  if (signal?.aborted) abort()
  try {
    return await work(bounded.signal)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

/** Resolves when the signal is aborted (at once if it already is). */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), {once: true}))
}

/** Settles as `work` does, or resolves earlier, when the signal is aborted; then nobody waits for `work` any more. */
export async function orAborted(signal: AbortSignal, work: Promise<unknown>): Promise<void> {
  const {promise, resolve} = Promise.withResolvers<void>()
  const abort = () => resolve()
  signal.addEventListener('abort', abort, {once: true})
  if (signal.aborted) resolve()
  try {
    await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
