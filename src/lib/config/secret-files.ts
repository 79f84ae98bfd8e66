import {stat} from 'node:fs/promises'
import type {ConfigReading} from './load.js'
import {keysOf} from './names.js'
import type {DemandingSection} from './schema.js'

/** A file that holds a secret, and what names it. */
export interface SecretFile {
  readonly path: string
  /** The key, such as `primary.api_key_file`, or `the configuration`. */
  readonly named: string
}

export interface ReadableFile extends SecretFile {
  /** Its permission bits. */
  readonly mode: number
}

/** Keys that are paths of files with private keys; they are read only when they are used. */
const KEY_FILES = [
  'broker.creds_file',
  'broker.nkey_file',
  'broker.key_file',
  'api_proxy.key_file',
  'signing.key_file',
]

type Reading = Pick<ConfigReading<DemandingSection>, 'file' | 'settings'>

/** All files with secrets: the configuration itself where one is written in it, and those that it names. */
export function secretFiles({file, settings}: Reading): SecretFile[] {
  const isInline = settings.some(
    (setting) =>
      setting.source === 'file' &&
      setting.file === undefined &&
      keysOf(setting.section)[setting.key]?.kind.secret === true,
  )
  return [
    ...(file !== undefined && isInline ? [{path: file, named: 'the configuration'}] : []),
    ...settings.flatMap((setting): SecretFile[] => {
      if (setting.file !== undefined) return [{path: setting.file, named: setting.path}]
      const {path, value} = setting
      return KEY_FILES.includes(path) && typeof value === 'string' ? [{path: value, named: path}] : []
    }),
  ]
}

/** Those of them that everybody on this machine can read. What cannot be looked at is told of by whoever needs it. */
export async function readableByOthers(reading: Reading): Promise<ReadableFile[]> {
  const files = await Promise.all(
    secretFiles(reading).map(async (file) => {
      const mode = await stat(file.path).then(
        (found) => found.mode & 0o777,
        () => 0,
      )
      return {...file, mode}
    }),
  )
  return files.filter(({mode}) => mode & 0o004)
}
