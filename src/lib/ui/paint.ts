import {styleText} from 'node:util'

const COLORS = {ok: 'green', skipped: 'gray', note: 'cyan', warning: 'yellow', problem: 'red'} as const

/** Colors a word by what it says, as far as the stream shows colors and NO_COLOR allows them. */
export function paintFor(
  stream: NodeJS.WritableStream,
): (result: keyof typeof COLORS, text: string) => string {
  return (result, text) => styleText(COLORS[result], text, {stream})
}
