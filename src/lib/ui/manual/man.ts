import {type Block, blocksOf} from './blocks.js'
import {
  type CommandText,
  ENVIRONMENT,
  EXIT_CODES,
  type ExampleText,
  type ExitCodes,
  type FlagText,
  type Surface,
} from './surface.js'
import {argumentUsage, flagHead, flagMeaning, usageParts} from './synopsis.js'

const LINE = 78

export interface ManualPage {
  /** `pdist-zone-push.1` */
  file: string
  /** In the man macros of roff. */
  text: string
}

/** A page for the program and one for each command; `date` as the footers show it. */
export function manualPages(surface: Surface, date: string): ManualPage[] {
  return [mainPage(surface, date), ...surface.commands.map((command) => commandPage(surface, command, date))]
}

function mainPage({bin, version, description, commands, topics}: Surface, date: string): ManualPage {
  const entries = commands.flatMap(({name, summary}) => entry(reference(bin, name), summary))
  const groups = topics.flatMap(({name, description: text}) => entry(bold(`${bin} ${name}`), text))
  return page(bin, {version, date}, [
    ...section('NAME', [folded(`${plain(bin)} \\- ${plain(description)}`)]),
    ...section('SYNOPSIS', [
      `${bold(bin)} ${italic('command')} [${italic('argument')} ...] [${italic('option')} ...]`,
    ]),
    ...section('COMMANDS', entries),
    ...section('GROUPS', groups),
    ...section('EXIT STATUS', [
      "In general, and where a command's page says nothing else:",
      ...codes(EXIT_CODES),
    ]),
    ...section(
      'ENVIRONMENT',
      ENVIRONMENT.flatMap(([name, text]) => entry(bold(name), text)),
    ),
    ...section('FILES', entry(bold('/etc/pdist/pdist.toml'), 'The configuration')),
  ])
}

function commandPage({bin, version}: Surface, command: CommandText, date: string): ManualPage {
  const {name, summary, description, args, flags, examples, exitCodes} = command
  const own = flags.filter(({global}) => !global)
  const shared = flags.filter(({global}) => global)
  const usage = [...usageParts(command), ...(shared.length > 0 ? ['[global option]...'] : [])]
  return page(`${bin}-${name.replaceAll(' ', '-')}`, {version, date}, [
    ...section('NAME', [folded(`${plain(`${bin}-${name.replaceAll(' ', '-')}`)} \\- ${plain(summary)}`)]),
    ...section('SYNOPSIS', [folded(`${bold(`${bin} ${name}`)} ${usage.map(plain).join(' ')}`)]),
    ...section(
      'DESCRIPTION',
      description === '' ? [prose(`${summary}.`)] : blocksOf(description).flatMap(blockLines),
    ),
    ...section(
      'ARGUMENTS',
      args.flatMap((arg) => entry(italic(argumentUsage(arg)), argumentMeaning(arg))),
    ),
    ...section('OPTIONS', own.flatMap(flagLines)),
    ...section('GLOBAL OPTIONS', shared.flatMap(flagLines)),
    ...section('EXAMPLES', examples.flatMap(exampleLines)),
    ...section('EXIT STATUS', codes(exitCodes)),
    ...section('SEE ALSO', [`${reference(bin, '')}`]),
  ])
}

function page(
  name: string,
  {version, date}: {version: string; date: string},
  lines: readonly string[],
): ManualPage {
  const head = `.TH ${plain(name.toUpperCase())} 1 "${date}" "pdist ${plain(version)}" "pdist manual"`
  return {
    file: `${name}.1`,
    text: [`.\\" Made from the help of pdist ${version}.`, head, ...lines, ''].join('\n'),
  }
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`.SH ${title}`, ...lines]
}

function entry(head: string, text: string): string[] {
  return ['.TP', head, prose(text)]
}

function flagLines(flag: FlagText): string[] {
  return entry(bold(flagHead(flag)), flagMeaning(flag))
}

function argumentMeaning({description, options}: {description: string; options: readonly string[]}): string {
  return options.length === 0 ? description : `${description}: one of ${options.join(', ')}`
}

function codes(exitCodes: ExitCodes): string[] {
  return Object.entries(exitCodes).flatMap(([code, text]) => entry(bold(code), text))
}

function blockLines(block: Block, index: number): string[] {
  const before = index === 0 ? [] : ['.PP']
  return block.kind === 'paragraph'
    ? [...before, prose(block.text)]
    : unfilled(block.lines.map((line) => line.slice(2)))
}

function exampleLines({description, command}: ExampleText, index: number): string[] {
  const said = description === undefined ? [] : [prose(`${description}:`)]
  return [...(index === 0 ? [] : ['.PP']), ...said, ...unfilled(command.split('\n'))]
}

/** Lines as they are, indented. */
function unfilled(lines: readonly string[]): string[] {
  return ['.RS 4', '.nf', ...lines.map(plain), '.fi', '.RE']
}

function reference(bin: string, name: string): string {
  return `${bold(name === '' ? bin : `${bin}-${name.replaceAll(' ', '-')}`)}(1)`
}

/** Running text; what stands between backticks is bold. */
function prose(text: string): string {
  const parts = text.split('`')
  return folded(parts.map((part, index) => (index % 2 === 1 ? bold(part) : escaped(part))).join(''))
}

function plain(text: string): string {
  return lineStart(verbatimCharacters(text))
}

function bold(text: string): string {
  return `\\fB${verbatimCharacters(text)}\\fR`
}

function italic(text: string): string {
  return `\\fI${verbatimCharacters(text)}\\fR`
}

/** Where text could be copied from, each character has to be the one of the shell. */
function verbatimCharacters(text: string): string {
  const named: Readonly<Record<string, string>> = {
    '-': '\\-',
    "'": '\\(aq',
    '`': '\\(ga',
    '^': '\\(ha',
    '~': '\\(ti',
    '"': '\\(dq',
  }
  return escaped(text).replace(/[-'`^~"]/g, (character) => named[character] ?? character)
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replace(
      /[^\n -~]/gu,
      (character) => `\\[u${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`,
    )
}

/** A line that begins with a dot or a quote would be an order to roff. */
function lineStart(text: string): string {
  return /^[.']/.test(text) ? `\\&${text}` : text
}

/** Broken into lines of at most 78 characters, where words allow it. */
function folded(text: string): string {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > LINE) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines.map(lineStart).join('\n')
}
