import {readFile} from 'node:fs/promises'
import {parse, TomlError} from 'smol-toml'
import type {Mistake} from './mistakes.js'
import {fromDocument, type SourceContents} from './sources.js'

export const DEFAULT_FILE = '/etc/pdist/pdist.toml'

const NOTHING: SourceContents = {given: [], mistakes: []}

export interface ConfigFile extends SourceContents {
  /** The file that was read; undefined when there was none. */
  readonly file?: string
}

/**
 * Reads the configuration file: the named one, which must be there, or else the default one, which need not
 * be. What is wrong with it comes back as mistakes.
 */
export async function readConfigFile(named: string | undefined): Promise<ConfigFile> {
  const file = named ?? DEFAULT_FILE
  let source: string
  try {
    source = await readFile(file, 'utf8')
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    if (named === undefined && code === 'ENOENT') return NOTHING
    return {file, given: [], mistakes: [{path: file, message: `cannot be read: ${reasonOf(error)}`}]}
  }
  return {file, ...contentsOf(file, source)}
}

/** Why a file could not be read, in words where the code is a usual one. */
export function reasonOf(error: unknown): string {
  const {code, message} = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EACCES') return 'permission denied'
  if (code === 'EISDIR') return 'it is a directory'
  return code ?? message
}

function contentsOf(file: string, source: string): SourceContents {
  try {
    return fromDocument(parse(source))
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    return {given: [], mistakes: [syntaxMistake(file, error)]}
  }
}

/** TomlError's own message quotes the lines around the error, which may hold a secret: take its first line. */
function syntaxMistake(file: string, error: TomlError): Mistake {
  const [summary = ''] = error.message.split('\n', 1)
  return {
    path: `${file}:${error.line}:${error.column}`,
    message: summary.replace(/^Invalid TOML document: /, ''),
  }
}
