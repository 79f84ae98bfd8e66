import {once} from 'node:events'
import {createInterface} from 'node:readline/promises'
import type {Readable, Writable} from 'node:stream'
import {PdistError} from '../errors.js'

/** A question would have had to be asked where nobody can answer it. */
export class NobodyToAskError extends PdistError {
  readonly code = 'PDIST_USAGE'
}

export interface Terminal {
  input: Readable & {isTTY?: boolean}
  output: Writable & {isTTY?: boolean}
}

/**
 * Asks a yes-or-no question in the terminal; anything but `y` and `yes` is no, the input's end too. Rejects with NobodyToAskError where there is no
 * terminal, and with the signal's reason.
 */
export async function confirm(
  question: string,
  {input, output}: Terminal,
  signal: AbortSignal,
): Promise<boolean> {
  if (!input.isTTY || !output.isTTY) {
    throw new NobodyToAskError(`nobody can be asked: ${question}`, {
      hints: ['Say `--yes` where this is meant, from a script or without a terminal'],
    })
  }
  const lines = createInterface({input, output, terminal: false})
  try {
    // An input that ends answers nothing, and the question would wait for ever.
    const ended = once(lines, 'close').then(() => '')
    const answer = await Promise.race([lines.question(`${question} [y/N] `, {signal}), ended])
    return /^y(es)?$/i.test(answer.trim())
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    lines.close()
  }
}
