/** Runs a computation that yields now and then to its end. */
export function lastOf<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}
