import {setTimeout as sleep} from 'node:timers/promises'

/** Starts `work` so many times a second, whether or not that before is done: who waits for his turn is measured, too. */
export async function openLoop<T>(
  perSecond: number,
  count: number,
  work: (number: number, due: number) => Promise<T>,
): Promise<T[]> {
  const started = performance.now()
  const under: Promise<T>[] = []
  for (let number = 0; number < count; number += 1) {
    const due = started + (number * 1000) / perSecond
    const early = due - performance.now()
    if (early > 0) await sleep(early)
    const done = work(number, due)
    done.catch(() => undefined) // thrown below
    under.push(done)
  }
  return await Promise.all(under)
}
