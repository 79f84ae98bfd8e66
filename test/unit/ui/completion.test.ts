import {execFile} from 'node:child_process'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {delimiter, join} from 'node:path'
import {promisify} from 'node:util'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {bashCompletion} from '../../../src/lib/ui/completion/bash.js'
import {fishCompletion} from '../../../src/lib/ui/completion/fish.js'
import {valuesOfArgument, valuesOfFlag} from '../../../src/lib/ui/completion/values.js'
import {zshCompletion} from '../../../src/lib/ui/completion/zsh.js'
import type {CommandText, FlagText} from '../../../src/lib/ui/manual/surface.js'
import {builtSurface} from '../../support/surface.js'

const run = promisify(execFile)
const surface = builtSurface()

/** Stands for `pdist complete`: tells how it was called, and gives names that a shell must not take for its own. */
const STAND_IN = `#!/bin/sh
echo "$*" >>"$0.calls"
echo '$(touch pwned).example.'
echo 'a;b.example.'
echo plain.example.
`

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pdist-completion-'))
  await writeFile(join(directory, 'pdist'), STAND_IN, {mode: 0o755})
})
afterAll(() => rm(directory, {recursive: true}))

/** What bash would offer for the last of these words. */
async function offered(...words: string[]): Promise<string[]> {
  const driver = `
source pdist.bash
COMP_WORDS=(./pdist "$@")
COMP_CWORD=$#
_pdist
for reply in "\${COMPREPLY[@]}"; do echo "$reply"; done
`
  await writeFile(join(directory, 'pdist.bash'), bashCompletion(surface))
  const {stdout} = await run('bash', ['-c', driver, 'bash', ...words], {cwd: directory})
  return stdout.split('\n').slice(0, -1)
}

describe('completion in bash', () => {
  it('offers topics and commands, and what is inside of them', async () => {
    expect(await offered('')).toEqual(expect.arrayContaining(['health', 'plan', 'resync', 'zone']))
    expect(await offered('')).not.toContain('complete')
    expect(await offered('zo')).toEqual(['zone'])
    expect(await offered('zone', 'pu')).toEqual(['push'])
    expect(await offered('health', '')).toEqual([])
  })

  it('offers flags and their values, however they are written', async () => {
    expect(await offered('zone', 'push', '--wa')).toEqual(['--wait'])
    expect(await offered('zone', 'push', '--wait', '')).toEqual(['all', 'any'])
    expect(await offered('zone', 'push', '--wait', '=')).toEqual(['all', 'any'])
    expect(await offered('zone', 'push', '--wait', '=', 'an')).toEqual(['any'])
    expect(await offered('config', 'check', '--role', 'sy')).toEqual(['syncer'])
    expect(await offered('zone', 'list', '--config', 'pdist.b')).toEqual(['pdist.bash'])
  })

  it('asks the running system for names, with the configuration of the line, and quotes them', async () => {
    const names = await offered('zone', 'push', '--config', 'here.toml', 'a.example.', 'B')
    expect(names).toEqual([
      String.raw`\$\(touch\ pwned\).example.`,
      String.raw`a\;b.example.`,
      'plain.example.',
    ])
    const {stdout: calls} = await run('cat', ['pdist.calls'], {cwd: directory})
    expect(calls).toBe('complete zones --config here.toml -- B\n')
    await offered('zone', 'show', '-c', '~/pdist.toml', '')
    const {stdout: later} = await run('tail', ['-n', '1', 'pdist.calls'], {cwd: directory})
    expect(later).toBe(`complete zones -c ${process.env.HOME}/pdist.toml -- \n`)
    expect(await offered('plan', 'show', '3')).toHaveLength(3)
    expect(await offered('plan', 'show', '3f2a90c1de', '')).toEqual([])
    const {stdout: files} = await run('ls', [directory])
    expect(files).not.toContain('pwned')
  })
})

describe('what a value may be', () => {
  const command: CommandText = {
    name: 'zone x',
    summary: '',
    description: '',
    args: [],
    flags: [],
    examples: [],
    exitCodes: {},
  }
  const flag = (name: string, label: string, options: string[] = []): FlagText => ({
    name,
    summary: '',
    negatable: false,
    required: false,
    global: false,
    value: {label, options, multiple: false},
  })

  it.each([
    [flag('wait', 'all|any|N'), {words: ['all', 'any'], names: []}],
    [flag('from', 'primary|store|SECONDARY'), {words: ['primary', 'store'], names: ['secondaries']}],
    [flag('zone', 'VALUE'), {words: [], names: ['zones']}],
    [flag('role', 'a|b', ['a', 'b']), {words: ['a', 'b'], names: []}],
    [flag('config', 'FILE'), {words: [], names: [], paths: 'files'}],
    [flag('dir', 'DIR'), {words: [], names: [], paths: 'directories'}],
    [flag('timeout', 'DURATION'), {words: [], names: []}],
    [flag('record', 'name/type/value'), {words: [], names: []}],
  ])('is told by a flag: %j', (given, expected) => {
    expect(valuesOfFlag(given)).toEqual(expected)
  })

  it('is told by an argument', () => {
    const id = {name: 'id', description: '', required: true, multiple: false, options: []}
    expect(valuesOfArgument({...command, name: 'plan show'}, id).names).toEqual(['plans'])
    expect(valuesOfArgument(command, id).names).toEqual([])
    expect(valuesOfArgument(command, {...id, name: 'secondary'}).names).toEqual(['secondaries'])
  })
})

describe.each([
  ['zsh', zshCompletion],
  ['fish', fishCompletion],
] as const)('the script for %s', (shell, script) => {
  it('names every command and flag', () => {
    const text = script(surface)
    for (const {name, flags} of surface.commands) {
      for (const word of name.split(' ')) expect(text).toContain(word)
      for (const each of flags) expect(text).toContain(each.name)
    }
  })

  it('is understood, where there is such a shell', async ({skip}) => {
    const found = (process.env.PATH ?? '')
      .split(delimiter)
      .map((path) => run('test', ['-x', join(path, shell)]))
    const isThere = (await Promise.allSettled(found)).some(({status}) => status === 'fulfilled')
    skip(!isThere, `${shell} is not installed`)
    const file = join(directory, `pdist.${shell}`)
    await writeFile(file, script(surface))
    expect(await run(shell, ['-n', file])).toEqual({stdout: '', stderr: ''})
  })
})
