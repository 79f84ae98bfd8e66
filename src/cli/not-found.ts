import type {Hook} from '@oclif/core/interfaces'
import {knownNames} from './names.js'
import {asksForJson, notUnderstood} from './report.js'
import {unknownCommand} from './unknown-command.js'

/** oclif calls this where the first words are no command. */
const hook: Hook<'command_not_found'> = async ({id, argv = [], config}) => {
  const words = id.split(':')
  if (words[0] === 'help') return await showHelp(config, words.slice(1))
  return notUnderstood(unknownCommand(words, knownNames(config)), asksForJson([...words, ...argv]))
}

export default hook

/** `help` before a command is what `--help` behind it is. */
async function showHelp(config: Parameters<typeof hook>[0]['config'], words: string[]): Promise<void> {
  const {default: Help} = await import('./help.js')
  await new Help(config, config.pjson.oclif.helpOptions).showHelp(words)
}
