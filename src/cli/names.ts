import type {Config} from '@oclif/core/interfaces'
import type {KnownNames} from './unknown-command.js'

/** The commands and topics that are shown to people. */
export function knownNames({bin, commands, topics}: Config): KnownNames {
  const spaced = (id: string) => id.replaceAll(':', ' ')
  const ids = commands.filter(({hidden}) => !hidden).map(({id}) => spaced(id))
  const parents = topics.map(({name}) => spaced(name)).filter((name) => !ids.includes(name))
  return {bin, commands: ids, topics: parents}
}
