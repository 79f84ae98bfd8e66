import type {Hook} from '@oclif/core/interfaces'
import type {ExitCodes} from '../lib/ui/manual/surface.js'
import {knownNames} from './names.js'
import {asksForJson, NOT_UNDERSTOOD, notUnderstood} from './report.js'
import {unknownCommand} from './unknown-command.js'

/** As monitoring plugins exit. */
const UNKNOWN = 3

/** oclif calls this where the first words are no command. */
const hook: Hook<'command_not_found'> = async ({id, argv = [], config}) => {
  const words = id.split(':')
  if (words[0] === 'help') return await showHelp(config, words.slice(1))
  const report = unknownCommand(words, knownNames(config))
  return notUnderstood(
    report,
    asksForJson([...words, ...argv]),
    exitCodeOf(config.findCommand(words[0] ?? '')),
  )
}

export default hook

/** To a monitoring system 2 says critical: a command that it calls has a code of its own for what was not understood. */
function exitCodeOf(command: object | undefined): number {
  const {exitCodes} = (command ?? {}) as {exitCodes?: ExitCodes}
  return exitCodes && UNKNOWN in exitCodes ? UNKNOWN : NOT_UNDERSTOOD
}

/** `help` before a command is what `--help` behind it is. */
async function showHelp(config: Parameters<typeof hook>[0]['config'], words: string[]): Promise<void> {
  const {default: Help} = await import('./help.js')
  await new Help(config, config.pjson.oclif.helpOptions).showHelp(words)
}
