import {get} from 'node:http'
import {connect} from 'node:net'
import {withTimeout} from '../async/abort.js'

/** Asks once whether a part is ready. Never rejects but with the signal's reason. */
export type Probe = (signal: AbortSignal) => Promise<boolean>

// A probe that meets a server between its bind and its first answer must not wait for ever.
const PROBE_WITHIN_MS = 1000

/** Ready when a GET is answered with 200, or another status that is good enough. */
export function answersHttp(
  url: string,
  headers: Record<string, string> = {},
  statuses: readonly number[] = [200],
): Probe {
  return (signal) =>
    settled(signal, (soon, done) => {
      // No agent: a kept connection would outlive the probe.
      const request = get(url, {agent: false, headers, signal: soon}, (response) => {
        response.resume()
        done(statuses.includes(response.statusCode ?? 0))
      })
      request.on('error', () => done(false))
    })
}

/** Ready when a TCP connection opens and, where a greeting is expected, its first bytes match. */
export function acceptsTcp(host: string, port: number, greeting?: RegExp): Probe {
  return (signal) =>
    settled(signal, (soon, done) => {
      const socket = connect({host, port, signal: soon})
      const end = (answer: boolean) => {
        socket.destroy()
        done(answer)
      }
      socket.on('error', () => end(false))
      socket.on('close', () => done(false))
      if (!greeting) socket.once('connect', () => end(true))
      socket.once('data', (bytes) => end(greeting?.test(bytes.toString('latin1')) ?? true))
    })
}

/** Ready when all of them are. */
export function all(...probes: Probe[]): Probe {
  return async (signal) => {
    for (const probe of probes) if (!(await probe(signal))) return false
    return true
  }
}

type Ask = (soon: AbortSignal, done: (answer: boolean) => void) => void

async function settled(signal: AbortSignal, ask: Ask): Promise<boolean> {
  signal.throwIfAborted()
  const answer = await withTimeout(
    PROBE_WITHIN_MS,
    signal,
    (soon) => new Promise<boolean>((done) => ask(soon, done)),
  )
  signal.throwIfAborted()
  return answer
}
