import {connect} from 'node:net'
import {withTimeout} from '../async/abort.js'
import {framed, MessageSplitter} from '../dns/framing.js'
import {MAX_MESSAGE_BYTES} from '../dns/wire.js'
import {NoAnswerError, type ServerAddress} from './errors.js'
import {isAnswerTo} from './match.js'

export interface AskOptions {
  timeoutMs: number
  signal: AbortSignal
}

/**
 * Asks one question over TCP, on a connection of its own.
 * @throws NoAnswerError; the signal's reason when it is aborted.
 */
export async function askOverTcp(
  server: ServerAddress,
  query: Uint8Array,
  {timeoutMs, signal}: AskOptions,
): Promise<Uint8Array> {
  signal.throwIfAborted()
  try {
    return await withTimeout(timeoutMs, signal, (bounded) => exchange(server, query, bounded))
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof NoAnswerError) throw error
    throw new NoAnswerError(server, error instanceof Error ? error.message : String(error), error)
  }
}

async function exchange(server: ServerAddress, query: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
  const socket = connect({...server, noDelay: true})
  const abort = () => socket.destroy(signal.reason)
  signal.addEventListener('abort', abort, {once: true})
  try {
    socket.write(framed(query))
    const splitter = new MessageSplitter(MAX_MESSAGE_BYTES)
    for await (const chunk of socket) {
      const answer = splitter.push(chunk).find((message) => isAnswerTo(query, message))
      if (answer) return answer
    }
    throw new NoAnswerError(server, 'it closed the connection')
  } finally {
    signal.removeEventListener('abort', abort)
    socket.destroy()
  }
}
