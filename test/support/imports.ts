import {posix} from 'node:path'

/** The source files by their paths relative to src, with their text. */
export type Sources = ReadonlyMap<string, string>

export interface Import {
  /** Importing file, relative to src. */
  readonly from: string
  readonly specifier: string
  /** The imported file, relative to src; undefined for packages and Node's own modules. */
  readonly file?: string
}

const STRING_OR_COMMENT = /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")|(?<=^|[\s{(,])\/\*[\s\S]*?\*\/|\/\/.*/gm
const SPECIFIERS = [
  // import x from 'y', import type {x} from 'y', export * from 'y'
  /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*(['"])(?<specifier>[^'"]+)\1/gm,
  // import 'y'
  /^\s*import\s*(['"])(?<specifier>[^'"]+)\1/gm,
  // import('y'), also in types; require('y')
  /\b(?:import|require)\s*\(\s*(['"])(?<specifier>[^'"]+)\1/g,
] as const
const COMPUTED = /\b(?:import|require)\s*\(\s*[^\s'"]/

/** Every import of the sources: static, dynamic, for types only, and `export … from`. */
export function importsOf(sources: Sources): Import[] {
  return [...sources].flatMap(([from, source]) =>
    specifiersIn(from, source).map((specifier) => {
      const file = specifier.startsWith('.') ? resolve(from, specifier, sources) : undefined
      return file === undefined ? {from, specifier} : {from, specifier, file}
    }),
  )
}

function specifiersIn(from: string, source: string): string[] {
  const code = source.replace(STRING_OR_COMMENT, (_, text?: string) => text ?? '')
  if (COMPUTED.test(code)) throw new Error(`${from} computes what it imports: nobody can check that`)
  return SPECIFIERS.flatMap((pattern) =>
    [...code.matchAll(pattern)].map((match) => match.groups?.specifier ?? ''),
  )
}

function resolve(from: string, specifier: string, sources: Sources): string {
  const path = posix.join(posix.dirname(from), specifier).replace(/\.js$/, '')
  const file = [`${path}.ts`, `${path}.tsx`].find((candidate) => sources.has(candidate))
  if (file === undefined) throw new Error(`${from} imports ${specifier}, which is not there`)
  return file
}

/** Circles of imports, each as its list of files; none when imports run one way only. */
export function cyclesOf(imports: readonly Import[]): string[][] {
  const next = Map.groupBy(imports, ({from}) => from)
  const done = new Set<string>()
  const cycles: string[][] = []
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      cycles.push([...path.slice(path.indexOf(file)), file])
      return
    }
    if (done.has(file)) return
    for (const {file: target} of next.get(file) ?? [])
      if (target !== undefined) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of next.keys()) visit(file, [])
  return cycles
}
