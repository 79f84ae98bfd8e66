import {getHeapStatistics, setFlagsFromString} from 'node:v8'

/** The first major version of Node.js whose V8 knows the flag; an older one would only complain on stderr. */
const SINCE = 24
/** By then a daemon has read what there is to read. */
const LOOK_EVERY_MS = 5_000
/** Bytes of the heap, garbage included. */
const LITTLE = 32_000_000
const MUCH = 40_000_000

/**
 * Has V8 collect garbage once the heap has grown by a third, where it would let it grow to four times what is alive, and keep no
 * freed pages in reserve: while a daemon starts, and as long as its heap is large, since a change costs a tenth more CPU with it.
 * V8 looks at the flag anew whenever it decides, so it may be set while the process runs. Ends when disposed of.
 */
export function saveMemory(): Disposable {
  if (Number.parseInt(process.versions.node, 10) < SINCE) return {[Symbol.dispose]: () => undefined}
  let saving = true
  const heed = () => setFlagsFromString(saving ? '--memory-saver-mode' : '--no-memory-saver-mode')
  heed()
  const timer = setInterval(() => {
    const {total_physical_size: bytes} = getHeapStatistics()
    saving = bytes > (saving ? LITTLE : MUCH)
    heed()
  }, LOOK_EVERY_MS)
  timer.unref()
  return {[Symbol.dispose]: () => clearInterval(timer)}
}
