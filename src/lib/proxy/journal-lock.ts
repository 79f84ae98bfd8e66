import {once} from 'node:events'
import {stat} from 'node:fs/promises'
import {createServer} from 'node:net'
import {JournalLockedError} from './errors.js'

/**
 * Holds a directory for this process by a name in Linux's abstract socket namespace. The kernel takes the name back when the
 * process ends in whatever way, so no lock is ever stale. It holds within one network namespace.
 * @throws JournalLockedError
 */
export async function lockDirectory(directory: string): Promise<AsyncDisposable> {
  const {dev, ino} = await stat(directory, {bigint: true})
  const server = createServer((socket) => socket.destroy())
  server.listen(`\0pdist-journal-${dev}-${ino}`)
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new JournalLockedError(`another process uses the journal in ${directory}`, {
      cause,
      hints: ['Stop the other api-proxy', 'Or give this one a state directory of its own'],
    })
  }
  server.unref()
  return {
    [Symbol.asyncDispose]: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}
