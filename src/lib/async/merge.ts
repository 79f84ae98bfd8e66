/**
 * Merges streams that are each in order into one that is, holding one item of each. Of items that come equal, those of an
 * earlier source go first. Leaving the loop early ends the sources.
 */
export async function* mergeSorted<T>(
  sources: ReadonlyArray<AsyncIterable<T>>,
  orderOf: (item: T) => number,
): AsyncGenerator<T> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]())
  try {
    const heads = await Promise.all(iterators.map((iterator) => iterator.next()))
    for (;;) {
      let first = -1
      let least = Number.POSITIVE_INFINITY
      for (const [index, head] of heads.entries()) {
        if (head.done) continue
        const order = orderOf(head.value)
        if (first >= 0 && order >= least) continue
        first = index
        least = order
      }
      const head = heads[first]
      const iterator = iterators[first]
      if (!head || head.done || !iterator) return
      yield head.value
      heads[first] = await iterator.next()
    }
  } finally {
    await Promise.allSettled(iterators.map((iterator) => iterator.return?.()))
  }
}
