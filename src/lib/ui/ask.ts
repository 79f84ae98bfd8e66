import {createInterface} from 'node:readline'
import type {Terminal} from './confirm.js'
import {printable} from './printable.js'

export interface TextQuestion {
  text: string
  /** Taken for an empty answer. */
  usual?: string | undefined
  /** What is wrong with an answer; undefined where nothing is. */
  mistakeIn(answer: string): string | undefined
}

/**
 * Asks in the terminal, again until the answer is right; whoever calls has seen that there is one. Undefined where the input
 * ends first; rejects with the signal's reason.
 */
export async function ask(
  {text, usual, mistakeIn}: TextQuestion,
  {input, output}: Terminal,
  signal: AbortSignal,
): Promise<string | undefined> {
  signal.throwIfAborted()
  // Closed by the signal, which ends the loop.
  const lines = createInterface({input, terminal: false, signal})
  const prompt = `${text}${usual === undefined ? '' : ` [${usual}]`}: `
  try {
    output.write(prompt)
    for await (const line of lines) {
      const answer = line.trim() || (usual ?? '')
      const mistake = mistakeIn(answer)
      if (mistake === undefined) return answer
      output.write(`  ${printable(mistake)}\n${prompt}`)
    }
    // Nobody ended the line of the question.
    output.write('\n')
    signal.throwIfAborted()
    return undefined
  } finally {
    lines.close()
  }
}
