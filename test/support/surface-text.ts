import type {ManifestCommand} from '../../src/lib/ui/manual/manifest.js'

type Flag = ManifestCommand['flags'][string]

/** The whole command line that is promised to scripts, in a text that shows every change. */
export function surfaceText(commands: readonly ManifestCommand[]): string {
  const sorted = [...commands].sort((a, b) => (a.id < b.id ? -1 : 1))
  return sorted.map(commandText).join('\n')
}

function commandText({id, hidden, args, flags}: ManifestCommand): string {
  const entries = Object.values(flags).filter((flag) => !flag.hidden)
  const own = entries.filter(({helpGroup}) => helpGroup !== 'GLOBAL').map(flagText)
  const shared = entries.filter(({helpGroup}) => helpGroup === 'GLOBAL').map(({name}) => `--${name}`)
  const lines = [
    ...Object.values(args).map(argumentText),
    ...own.sort(),
    shared.length === 0 ? 'no global flags' : `global: ${shared.sort().join(' ')}`,
  ]
  return [
    `pdist ${id.replaceAll(':', ' ')}${hidden ? ' (hidden)' : ''}`,
    ...lines.map((line) => `  ${line}`),
    '',
  ].join('\n')
}

function argumentText({name, required, multiple, options}: ManifestCommand['args'][string]): string {
  const notes = [required ? 'required' : 'optional', ...(multiple ? ['multiple'] : []), ...oneOf(options)]
  return `${name.toUpperCase()}: ${notes.join(', ')}`
}

function flagText({name, char, type, required, multiple, options, allowNo, default: fallback}: Flag): string {
  const notes = [
    type === 'boolean' ? 'yes or no' : 'value',
    ...(required ? ['required'] : []),
    ...(multiple ? ['multiple'] : []),
    ...(allowNo ? [`also --no-${name}`] : []),
    ...oneOf(options),
    ...(fallback === undefined ? [] : [`default ${String(fallback)}`]),
  ]
  return `--${name}${char === undefined ? '' : ` -${char}`}: ${notes.join(', ')}`
}

function oneOf(options: readonly string[] | undefined): string[] {
  return options === undefined ? [] : [`one of ${options.join(' ')}`]
}
