import type {Hook} from '@oclif/core/interfaces'

const HELP = new Set(['--help', '-h'])

/** oclif calls this before everything else. It would show a topic's help, and be content, whatever flags follow. */
const hook: Hook<'init'> = async ({id, argv, config}) => {
  if (id === undefined || argv.length === 0 || argv.some((word) => HELP.has(word))) return
  if (config.findCommand(id) || !config.findTopic(id)) return
  const [{topicWithFlags}, {asksForJson, notUnderstood}] = await Promise.all([
    import('./unknown-command.js'),
    import('./report.js'),
  ])
  notUnderstood(topicWithFlags(id.replaceAll(':', ' '), config), asksForJson(argv))
}

export default hook
