import {styleText} from 'node:util'
import type {ZoneName} from '../dns/name.js'
import type {Rdata} from '../dns/rrset.js'
import {typeName} from '../dns/types.js'
import {zoneFileLines} from '../dns/zone-file/lines.js'
import type {RrsetDiff} from '../sync/compare/diff-rrsets.js'
import {printable} from './printable.js'

export interface DiffShow {
  /** What stands before and after, e.g. `primary serial 5`. */
  between: readonly [string, string]
  differences: readonly RrsetDiff[]
  color: boolean
}

type Style = Parameters<typeof styleText>[0]

/** RRsets that differ, as a unified diff shows lines: what both have stands for context. Nothing where nothing differs. */
export function* diffLines({between, differences, color}: DiffShow): Generator<string> {
  const paint = (style: Style, text: string) =>
    color ? styleText(style, text, {validateStream: false}) : text
  const [before, after] = between.map(printable)
  if (differences.length > 0) {
    yield paint('bold', `--- ${before}`)
    yield paint('bold', `+++ ${after}`)
  }
  for (const diff of differences) {
    yield paint('cyan', `@@ ${printable(diff.name)} ${typeName(diff.type)} @@`)
    yield* lines(' ', diff, diff.kept)
    for (const line of lines('-', diff, diff.removed)) yield paint('red', line)
    for (const line of lines('+', diff, diff.added)) yield paint('green', line)
  }
}

function lines(
  sign: string,
  {name, type}: {name: ZoneName; type: number},
  rdatas: readonly Rdata[],
): string[] {
  return zoneFileLines({name, type, rdatas}).map((line) => sign + line)
}
