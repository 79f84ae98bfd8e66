import {readdirSync, readFileSync} from 'node:fs'
import type {Command} from '@oclif/core/command'
import {parse} from '@oclif/core/parser'
import {describe, expect, it} from 'vitest'
import {ROOT} from '../../support/pdist.js'
import {pdistCallsIn} from '../../support/shell-words.js'
import {builtSurface, manifestCommands} from '../../support/surface.js'
import {surfaceText} from '../../support/surface-text.js'

/** What the manifest leaves out. */
interface Multiple {
  multiple?: boolean
  multipleNonGreedy?: boolean
}

const all = manifestCommands()
const {commands} = builtSurface()
const names = all.map(({id}) => id.replaceAll(':', ' '))

/** The command that these words call, and what is left of them. */
function called(words: readonly string[]): {name: string; rest: string[]} | undefined {
  for (let length = Math.min(words.length, 3); length > 0; length--) {
    const name = words.slice(0, length).join(' ')
    if (names.includes(name)) return {name, rest: words.slice(length)}
  }
  return undefined
}

async function classOf(name: string): Promise<Command.Class> {
  const path = `../../../src/commands/${name.replaceAll(' ', '/')}.ts`
  return ((await import(path)) as {default: Command.Class}).default
}

describe('the command line', () => {
  it('is what surface.txt says (where a change is meant: vitest run --update)', async () => {
    await expect(surfaceText(all)).toMatchFileSnapshot('surface.txt')
  })

  it('prints the result of every command but the daemons as JSON', () => {
    const without = all.filter(({flags}) => !('json' in flags)).map(({id}) => id)
    expect(without.filter((id) => !id.startsWith('daemon:'))).toEqual([])
    expect(without).toHaveLength(all.filter(({id}) => id.startsWith('daemon:')).length)
  })

  it('describes each command, argument and flag', () => {
    const silent = commands.flatMap(({name, summary, description, args, flags}) => [
      ...(summary === '' ? [name] : []),
      ...(description === '' && args.length === 0 ? [`${name}: no description`] : []),
      ...args.filter((arg) => arg.description === '').map((arg) => `${name} ${arg.name}`),
      ...flags.filter((flag) => flag.summary === '').map((flag) => `${name} --${flag.name}`),
    ])
    expect(silent).toEqual([])
  })

  it('describes each group of commands', () => {
    expect(builtSurface().topics.filter(({description}) => description === '')).toEqual([])
  })

  it('has no flag that swallows the arguments behind it', async () => {
    const greedy = await Promise.all(
      names.map(async (name) => {
        const {args, flags, baseFlags} = await classOf(name)
        if (Object.keys(args).length === 0) return []
        const listed = Object.entries({...baseFlags, ...flags} as Record<string, Multiple>)
        return listed
          .filter(([, flag]) => flag.multiple && !flag.multipleNonGreedy)
          .map(([flag]) => `${name} --${flag}`)
      }),
    )
    expect(greedy.flat()).toEqual([])
  })
})

describe.each(commands)('the examples of $name', ({name, examples}) => {
  it('are at least two, and one calls the command itself', () => {
    expect(examples.length).toBeGreaterThanOrEqual(2)
    const calls = examples.flatMap(({command}) => pdistCallsIn(command))
    expect(calls.map((words) => called(words)?.name)).toContain(name)
  })

  it.each(examples.map(({command}) => command))('are understood: %s', async (line) => {
    const calls = pdistCallsIn(line)
    expect(calls).not.toEqual([])
    for (const words of calls) {
      const command = called(words)
      expect(command, words.join(' ')).toBeDefined()
      const {args, flags, baseFlags} = await classOf(command?.name ?? '')
      await parse(command?.rest ?? [], {args, flags: {...baseFlags, ...flags}, strict: true})
    }
  })
})

describe('what texts tell to run', () => {
  const isText = (file: string) => /\.(ts|tsx|md)$/.test(file)
  const files = [
    ...readdirSync(`${ROOT}src`, {recursive: true, encoding: 'utf8'}).map((file) => `src/${file}`),
    ...readdirSync(`${ROOT}docs`, {encoding: 'utf8'}).map((file) => `docs/${file}`),
    'README.md',
  ].filter(isText)

  it('is there: commands and flags', () => {
    const wrong = files.flatMap((file) =>
      commandsIn(readFileSync(`${ROOT}${file}`, 'utf8')).flatMap((text) => {
        const words = text.split(/\s+/)
        const isTopic = builtSurface().topics.some((topic) => topic.name === words[0]) && words.length === 1
        const command = called(words)
        const known = all.find(({id}) => id.replaceAll(':', ' ') === command?.name)?.flags ?? {}
        const unknown = words.flatMap((word) => /^--([a-z][a-z-]*)/.exec(word)?.[1] ?? [])
        const isKnown = isTopic || (command && unknown.every((flag) => flag === 'help' || flag in known))
        return isKnown ? [] : [`${file}: pdist ${text}`]
      }),
    )
    expect(wrong).toEqual([])
  })
})

/** `pdist zone list --json` between backticks; nothing with a placeholder. */
function commandsIn(text: string): string[] {
  const found = [...text.matchAll(/\\?`pdist ([a-z][^`<$|…\\]*)\\?`/g)]
  return found.map(([, words = '']) => words.trim())
}
