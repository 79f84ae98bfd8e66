import type {Command} from '@oclif/core'
import {CommandHelp, Help, normalizeArgv} from '@oclif/core/help'
import {blocksOf} from '../lib/ui/manual/blocks.js'
import {ENVIRONMENT, EXIT_CODES, type ExitCodes, HEALTH_EXIT_CODES} from '../lib/ui/manual/surface.js'
import {knownNames} from './names.js'
import {asksForJson, notUnderstood} from './report.js'
import {unknownCommand} from './unknown-command.js'

type Rows = Array<[string, string]>

/** oclif's help, with texts that fill the line, examples that can be copied, and the exit codes. */
class CommandManual extends CommandHelp {
  protected override description(): string | undefined {
    const blocks = blocksOf(this.render(this.command.description ?? ''))
    const texts = blocks.map((block, index) => {
      if (block.kind === 'paragraph') return `${index === 0 ? '' : '\n'}${this.wrap(block.text)}`
      return block.lines.join('\n')
    })
    return texts.join('\n') || undefined
  }

  protected override examples(examples: Command.Example[] | string | undefined): string | undefined {
    if (!Array.isArray(examples) || examples.length === 0) return undefined
    const texts = examples.map((example) => {
      const {description, command} =
        typeof example === 'string' ? {description: '', command: example} : example
      const lines = this.render(command).split('\n')
      const shown = lines.map((line, index) => this.indent(`${index === 0 ? '$ ' : '  '}${line}`)).join('\n')
      return description === '' ? shown : `${this.wrap(this.render(description))}\n${shown}`
    })
    return texts.join('\n\n')
  }

  protected override sections() {
    const {exitCodes} = this.command as Command.Loadable & {exitCodes?: ExitCodes}
    if (!exitCodes) return super.sections()
    const body = codeRows(exitCodes)
    return [
      ...super.sections(),
      {header: 'EXIT CODES', generate: (_: unknown, header: string) => ({header, body})},
    ]
  }
}

/** What `--help`, a topic alone and `pdist` alone show. */
export default class Manual extends Help {
  protected override CommandHelpClass = CommandManual

  /** Ends the process with exit code 2 where there is no such command or topic. */
  override async showHelp(argv: string[]): Promise<void> {
    const flags = ['--help', ...(this.config.pjson.oclif.additionalHelpFlags ?? [])]
    const words = argv.filter((word) => !flags.includes(word))
    const [id = ''] = normalizeArgv(this.config, words)
    const isKnown =
      id === '' || id.startsWith('-') || this.config.findCommand(id) || this.config.findTopic(id)
    if (isKnown) return await super.showHelp(argv)
    // `pdist health --help ns1`: what is behind a command is no part of its name.
    const command = this.#commandIn(id.split(':'))
    if (command !== undefined) return await super.showHelp(command)
    notUnderstood(unknownCommand(id.split(':'), knownNames(this.config)), asksForJson(words))
  }

  protected override async showRootHelp(): Promise<void> {
    await super.showRootHelp()
    this.log(this.section('EXIT CODES', codeRows(EXIT_CODES)))
    this.log('')
    this.log(this.section('EXIT CODES OF health', codeRows(HEALTH_EXIT_CODES)))
    this.log('')
    this.log(
      this.section(
        'ENVIRONMENT',
        ENVIRONMENT.map(([name, text]): [string, string] => [name, text]),
      ),
    )
    this.log('')
  }

  #commandIn(words: readonly string[]): string[] | undefined {
    for (let length = words.length; length > 0; length--) {
      const found = words.slice(0, length)
      if (this.config.findCommand(found.join(':'))) return found
    }
    return undefined
  }
}

function codeRows(codes: ExitCodes): Rows {
  return Object.entries(codes)
}
