import {mkdir, symlink, writeFile} from 'node:fs/promises'
import {createRequire} from 'node:module'
import {join} from 'node:path'

const COMMAND = 'nothing'

const PROGRAM = `import {enableCompileCache} from 'node:module'
enableCompileCache()
const {execute} = await import('@oclif/core/execute')
await execute({dir: import.meta.url})
process.exit()
`

const NOTHING = `import {Command} from '@oclif/core/command'
export default class Nothing extends Command {
  async run() {}
}
`

/** A program of oclif's with one command that does nothing, with a manifest, as pdist has one. Resolves with its arguments for Node. */
export async function writeEmptyProgram(dir: string): Promise<string[]> {
  const program = join(dir, 'bin', 'run.js')
  await Promise.all(['bin', 'commands'].map((name) => mkdir(join(dir, name))))
  await Promise.all([
    symlink(modules(), join(dir, 'node_modules')),
    writeFile(join(dir, 'package.json'), JSON.stringify(packageJson())),
    writeFile(join(dir, 'oclif.manifest.json'), JSON.stringify(manifest())),
    writeFile(program, PROGRAM),
    writeFile(join(dir, 'commands', `${COMMAND}.js`), NOTHING),
  ])
  return [program, COMMAND]
}

/** The folder with the same packages that pdist itself uses. */
function modules(): string {
  const core = createRequire(import.meta.url).resolve('@oclif/core')
  return core.slice(0, core.indexOf('/@oclif/'))
}

function packageJson() {
  const commands = {strategy: 'pattern', target: './commands'}
  return {name: 'empty', version: '0.0.0', type: 'module', oclif: {bin: 'empty', commands}}
}

function manifest() {
  const empty = {aliases: [], args: {}, flags: {}, hiddenAliases: []}
  const plugin = {pluginAlias: 'empty', pluginName: 'empty', pluginType: 'core', strict: true}
  const file = {isESM: true, relativePath: ['commands', `${COMMAND}.js`]}
  return {version: '0.0.0', commands: {[COMMAND]: {id: COMMAND, ...empty, ...plugin, ...file}}}
}
