import type {ErrorReport} from '../lib/errors.js'
import {nearest} from '../lib/nearest.js'
import {USAGE} from './report.js'
import {tooMany} from './usage.js'

/** The names that there are, as words separated by blanks; nothing hidden. */
export interface KnownNames {
  bin: string
  commands: readonly string[]
  topics: readonly string[]
}

/** What to say of words that begin no command, with the nearest one. */
export function unknownCommand(words: readonly string[], known: KnownNames): ErrorReport {
  const {bin, commands, topics} = known
  if (words[0] === undefined || words[0].startsWith('-')) {
    return {
      code: USAGE,
      message: `${words[0] ?? 'nothing'}: no command is given`,
      hints: [`Run \`${bin} --help\``],
    }
  }
  // Of a command without arguments, oclif takes these for a part of its name.
  const command = longest(words, commands)
  if (command !== undefined) {
    const extra = words.slice(command.split(' ').length)
    return {code: USAGE, message: tooMany(extra, []), hints: [`Run \`${bin} ${command} --help\``]}
  }
  const topic = longest(words, topics)
  const names = topic === undefined ? bin : `${bin} ${topic}`
  const near = nearestName(words, topic, known)
  return {
    code: USAGE,
    message: `there is no command \`${bin} ${words.join(' ')}\``,
    hints: [
      ...(near === undefined ? [] : [`Did you mean \`${bin} ${near}\`?`]),
      `Run \`${names} --help\` for what there is`,
    ],
  }
}

/** A flag behind a topic alone. */
export function topicWithFlags(topic: string, {bin}: Pick<KnownNames, 'bin'>): ErrorReport {
  return {
    code: USAGE,
    message: `\`${bin} ${topic}\` is no command by itself`,
    hints: [`Run \`${bin} ${topic} --help\` for its commands`],
  }
}

function nearestName(
  words: readonly string[],
  topic: string | undefined,
  {commands, topics}: KnownNames,
): string | undefined {
  const depth = topic === undefined ? 0 : topic.split(' ').length
  const word = words[depth] ?? ''
  const inside = [...commands, ...topics].filter(
    (name) => topic === undefined || name.startsWith(`${topic} `),
  )
  const children = inside.map((name) => name.split(' ')[depth] ?? '')
  const near = nearest(word, children)
  if (near !== undefined) return topic === undefined ? near : `${topic} ${near}`
  // The right verb without its topic.
  return commands.find((name) => name.split(' ').at(-1) === word)
}

function longest(words: readonly string[], names: readonly string[]): string | undefined {
  for (let length = words.length; length > 0; length--) {
    const name = words.slice(0, length).join(' ')
    if (names.includes(name)) return name
  }
  return undefined
}
