import {readFile, writeFile} from 'node:fs/promises'
import {parse, stringify, type TomlTable} from 'smol-toml'
import type {TestSystem} from '../system.js'

/** Sets keys in a daemon's configuration, whether they are there or not; it is not started again. */
export async function setKeys(
  {lab}: TestSystem,
  daemon: string,
  sections: Readonly<Record<string, TomlTable>>,
): Promise<void> {
  const file = lab.endpoints.daemons.find(({name}) => name === daemon)?.configFile
  if (file === undefined) throw new Error(`the lab has no daemon ${daemon}`)
  const config = parse(await readFile(file, 'utf8'))
  for (const [section, keys] of Object.entries(sections)) {
    config[section] = {...(config[section] as TomlTable | undefined), ...keys}
  }
  await writeFile(file, stringify(config))
}

/** The same, and starts the daemon again with it. */
export async function configure(
  system: TestSystem,
  daemon: string,
  sections: Readonly<Record<string, TomlTable>>,
): Promise<void> {
  const part = system.lab.part(daemon)
  await part.stop()
  await setKeys(system, daemon, sections)
  await part.start()
}
