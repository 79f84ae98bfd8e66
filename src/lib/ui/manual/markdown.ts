import {type Block, blocksOf} from './blocks.js'
import {
  type CommandText,
  ENVIRONMENT,
  EXIT_CODES,
  type ExitCodes,
  type FlagText,
  HEALTH_EXIT_CODES,
  type Surface,
} from './surface.js'
import {argumentUsage, flagHead, flagMeaning, usageParts} from './synopsis.js'

const INTRODUCTION = `# Commands

Results go to stdout; progress, questions, warnings and errors to stderr. With \`--json\`, stdout holds the result and nothing else
([json.md](json.md) has the shapes), and an error is one line of JSON on stderr: \`code\`, \`message\`, \`hints\`. Codes are stable.
Questions are only asked in a terminal; elsewhere a command that would ask needs \`--yes\`. \`pdist completion --help\` tells how a shell
completes all of this.`

/** The reference of all commands, in Markdown: docs/commands.md. */
export function commandReference(surface: Surface): string {
  const {bin, commands} = surface
  const shared = new Map(
    commands.flatMap(({flags}) => flags.filter(({global}) => global).map((flag) => [flag.name, flag])),
  )
  const parts = [
    INTRODUCTION,
    '## Exit codes',
    codeTable(EXIT_CODES),
    'Those of `pdist health` are what monitoring plugins use:',
    codeTable(HEALTH_EXIT_CODES),
    '## Environment',
    table(
      ['variable', 'meaning'],
      ENVIRONMENT.map(([name, text]) => [code(name), text]),
    ),
    '## Flags of every command',
    'Those that make sense for it: a command that needs no broker has no `--broker`.',
    flagTable([...shared.values()]),
    ...commands.map((command) => commandText(bin, command)),
  ]
  return `${parts.join('\n\n')}\n`
}

function commandText(bin: string, command: CommandText): string {
  const {name, summary, description, args, flags, examples, exitCodes} = command
  const own = flags.filter(({global}) => !global)
  const shell = examples.map(({description: text, command: line}) =>
    text === undefined ? line : `# ${text}\n${line}`,
  )
  const hasOwnCodes = exitCodes !== EXIT_CODES
  return [
    `## ${bin} ${name}`,
    `${summary}.`,
    fenced('', [`${bin} ${name} ${usageParts(command).join(' ')}`.trim()]),
    ...blocksOf(description).map(blockText),
    ...(args.length === 0
      ? []
      : [
          table(
            ['argument', 'meaning'],
            args.map((arg) => [code(argumentUsage(arg)), optionsOf(arg)]),
          ),
        ]),
    ...(own.length === 0 ? [] : [flagTable(own)]),
    ...(hasOwnCodes ? [codeTable(exitCodes)] : []),
    ...(shell.length === 0 ? [] : [fenced('sh', shell)]),
  ].join('\n\n')
}

function optionsOf({description, options}: {description: string; options: readonly string[]}): string {
  return options.length === 0 ? description : `${description}: ${options.map(code).join(', ')}`
}

function blockText(block: Block): string {
  return block.kind === 'paragraph'
    ? block.text
    : fenced(
        '',
        block.lines.map((line) => line.slice(2)),
      )
}

function flagTable(flags: readonly FlagText[]): string {
  return table(
    ['flag', 'meaning'],
    flags.map((flag) => [code(flagHead(flag)), flagMeaning(flag)]),
  )
}

function codeTable(codes: ExitCodes): string {
  return table(['exit code', 'meaning'], Object.entries(codes))
}

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `| ${head.map(() => '---').join(' | ')} |`, ...rows.map(line)].join('\n')
}

function fenced(language: string, lines: readonly string[]): string {
  return [`\`\`\`${language}`, ...lines, '```'].join('\n')
}

function code(text: string): string {
  return `\`${text}\``
}
