import type {Socket} from 'node:net'
import {type FakeUpstream, isWhole, plainAnswer, startFakeUpstream} from './fake-upstream.js'

/** A change that has arrived in full, and is not answered before the test says so. */
export interface HeldCall {
  /** The first line of its request without the version: `PATCH /api/…`. */
  what: string
  answer(status?: number): void
  /** Ends the connection instead. */
  cut(): void
}

export interface HeldUpstream extends AsyncDisposable {
  readonly port: number
  /** Every change that came in full, in the order in which they did. */
  readonly calls: HeldCall[]
  /** What came so far of every change, also of those that are not whole yet. */
  readonly received: readonly string[]
  /** The most that were unanswered at once. */
  readonly most: number
  /** Answers all those that are not whole. */
  answerEarly(status: number): void
}

/** A PowerDNS whose changes take as long as the test wants, or `byItself` says; it answers reads at once. */
export async function startHeldUpstream(byItself?: (call: HeldCall) => void): Promise<HeldUpstream> {
  const calls: HeldCall[] = []
  const received = new Map<Socket, string>()
  const unanswered = new Set<object>()
  const whole = new Set<object>()
  let most = 0
  const fake: FakeUpstream = await startFakeUpstream((socket, text) => {
    if (text.startsWith('GET ')) {
      if (isWhole(text)) socket.end(plainAnswer(200, 'read'))
      return
    }
    received.set(socket, text)
    if (!isWhole(text) || whole.has(socket)) return
    whole.add(socket)
    unanswered.add(socket)
    most = Math.max(most, unanswered.size)
    socket.once('close', () => unanswered.delete(socket))
    const call: HeldCall = {
      what: text.slice(0, text.indexOf(' HTTP/1.1')),
      answer: (status = 204) => {
        unanswered.delete(socket)
        socket.end(plainAnswer(status))
      },
      cut: () => socket.destroy(),
    }
    calls.push(call)
    byItself?.(call)
  })
  return {
    port: fake.port,
    calls,
    get received() {
      return [...received.values()]
    },
    get most() {
      return most
    },
    answerEarly: (status) => {
      for (const socket of received.keys()) if (!whole.has(socket)) socket.end(plainAnswer(status))
    },
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  }
}
