import {
  type ArgumentText,
  type CommandText,
  EXIT_CODES,
  type ExampleText,
  type ExitCodes,
  type FlagText,
  type Surface,
  type TopicText,
} from './surface.js'

/** A command as oclif's manifest has it. */
export interface ManifestCommand {
  id: string
  hidden?: boolean
  summary?: string
  description?: string
  args: Readonly<Record<string, ManifestArgument>>
  flags: Readonly<Record<string, ManifestFlag>>
  examples?: ReadonlyArray<string | {description: string; command: string}>
  exitCodes?: ExitCodes
}

interface ManifestArgument {
  name: string
  description?: string
  required?: boolean
  multiple?: boolean
  hidden?: boolean
  options?: readonly string[]
}

interface ManifestFlag {
  name: string
  char?: string
  summary?: string
  description?: string
  type: 'boolean' | 'option'
  allowNo?: boolean
  required?: boolean
  hidden?: boolean
  helpGroup?: string
  helpValue?: string | readonly string[]
  multiple?: boolean
  options?: readonly string[]
  default?: unknown
}

export interface ManifestSource {
  bin: string
  version: string
  description: string
  /** Topics by their ids, as package.json has them. */
  topics: Readonly<Record<string, {description: string}>>
  commands: readonly ManifestCommand[]
}

/** Throws where a text has a template that we do not know. */
export function surfaceOf({bin, version, description, topics, commands}: ManifestSource): Surface {
  const shown = commands.filter(({hidden}) => !hidden)
  return {
    bin,
    version,
    description,
    topics: topicsOf(shown, topics),
    commands: shown
      .map((command) => commandText(command, bin))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
  }
}

/** Everything that commands have before their last word. */
function topicsOf(commands: readonly ManifestCommand[], texts: ManifestSource['topics']): TopicText[] {
  const parents = commands.flatMap(({id}) => {
    const words = id.split(':')
    return words.slice(1).map((_, index) => words.slice(0, index + 1).join(':'))
  })
  const ids = [...new Set(parents)].sort()
  return ids.map((id) => ({name: spaced(id), description: texts[id]?.description ?? ''}))
}

function commandText(command: ManifestCommand, bin: string): CommandText {
  const name = spaced(command.id)
  const render = (text: string) => rendered(text, bin, name)
  const example = (given: string | {description: string; command: string}): ExampleText =>
    typeof given === 'string'
      ? {command: render(given)}
      : {description: render(given.description), command: render(given.command)}
  return {
    name,
    summary: render(command.summary ?? ''),
    description: render(command.description ?? ''),
    args: Object.values(command.args).flatMap((arg) => (arg.hidden ? [] : [argumentText(arg)])),
    flags: Object.values(command.flags)
      .flatMap((flag) => (flag.hidden ? [] : [flagText(flag, render)]))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    examples: (command.examples ?? []).map(example),
    exitCodes: command.exitCodes ?? EXIT_CODES,
  }
}

function argumentText({name, description, required, multiple, options}: ManifestArgument): ArgumentText {
  return {
    name,
    description: description ?? '',
    required: required === true,
    multiple: multiple === true,
    options: options ?? [],
  }
}

function flagText(flag: ManifestFlag, render: (text: string) => string): FlagText {
  return {
    name: flag.name,
    ...(flag.char === undefined ? {} : {char: flag.char}),
    summary: render(flag.summary ?? flag.description ?? ''),
    ...(flag.type === 'option' ? {value: flagValue(flag)} : {}),
    negatable: flag.allowNo === true,
    required: flag.required === true,
    global: flag.helpGroup === 'GLOBAL',
  }
}

function flagValue({helpValue, options = [], multiple, default: fallback}: ManifestFlag) {
  const label =
    typeof helpValue === 'string'
      ? helpValue
      : (helpValue?.join(' ') ?? (options.length > 0 ? options.join('|') : 'VALUE'))
  return {
    label,
    options,
    multiple: multiple === true,
    ...(fallback === undefined || fallback === null ? {} : {fallback: String(fallback)}),
  }
}

function spaced(id: string): string {
  return id.replaceAll(':', ' ')
}

function rendered(text: string, bin: string, name: string): string {
  const result = text.replace(/<%=\s*config\.bin\s*%>/g, bin).replace(/<%=\s*command\.id\s*%>/g, name)
  if (result.includes('<%')) throw new TypeError(`${name}: a template that nobody knows: ${result}`)
  return result
}
