import {describe, expect, it} from 'vitest'
import {topicWithFlags, unknownCommand} from '../../../src/cli/unknown-command.js'

const known = {
  bin: 'pdist',
  commands: ['health', 'zone list', 'zone push', 'plan list', 'config check'],
  topics: ['config', 'plan', 'zone'],
}

function said(...words: string[]): string[] {
  const {code, message, hints} = unknownCommand(words, known)
  expect(code).toBe('PDIST_USAGE')
  return [message, ...hints]
}

describe('words that are no command', () => {
  it.each([
    [['zon'], 'Did you mean `pdist zone`?'],
    [['helth'], 'Did you mean `pdist health`?'],
    [['zone', 'lst'], 'Did you mean `pdist zone list`?'],
    [['push', 'a.example'], 'Did you mean `pdist zone push`?'],
    [['zone', 'pusch', 'a.example'], 'Did you mean `pdist zone push`?'],
  ])('%j come with the nearest one', (words, hint) => {
    const [message, ...hints] = said(...words)
    expect(message).toBe(`there is no command \`pdist ${words.join(' ')}\``)
    expect(hints[0]).toBe(hint)
  })

  it('name the topic where the help is, and nothing that is not near', () => {
    expect(said('zone', 'example.com')).toEqual([
      'there is no command `pdist zone example.com`',
      'Run `pdist zone --help` for what there is',
    ])
    expect(said('frobnicate').slice(1)).toEqual(['Run `pdist --help` for what there is'])
  })

  it('may be one argument too many', () => {
    expect(said('zone', 'list', 'a.example')).toEqual([
      'too many arguments: a.example (none is expected)',
      'Run `pdist zone list --help`',
    ])
  })

  it('may be a flag without any command', () => {
    expect(said('--json')[0]).toBe('--json: no command is given')
  })
})

it('a topic takes no flags', () => {
  expect(topicWithFlags('zone', known)).toMatchObject({
    code: 'PDIST_USAGE',
    message: '`pdist zone` is no command by itself',
  })
})
