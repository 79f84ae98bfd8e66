/** How long a computation may keep everything else waiting, in milliseconds. */
const SLICE_MS = 10

/** Runs a computation that yields now and then, and lets other work in between. Rejects with the signal's reason. */
export async function cooperate<T>(steps: Generator<void, T>, signal: AbortSignal): Promise<T> {
  let until = performance.now() + SLICE_MS
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    if (performance.now() < until) continue
    await new Promise<void>((resolve) => setImmediate(resolve))
    signal.throwIfAborted()
    until = performance.now() + SLICE_MS
  }
}
