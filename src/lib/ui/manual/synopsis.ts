import type {ArgumentText, CommandText, FlagText} from './surface.js'

/** `ZONE...`, in brackets unless it must be given. */
export function argumentUsage({name, required, multiple}: ArgumentText): string {
  const shown = `${name.toUpperCase()}${multiple ? '...' : ''}`
  return required ? shown : `[${shown}]`
}

/** `-c, --config FILE`, as it heads a flag's explanation. */
export function flagHead({name, char, negatable, value}: FlagText): string {
  const long = longName(name, negatable)
  const names = char === undefined ? long : `-${char}, ${long}`
  return value ? `${names} ${value.label}` : names
}

/** The arguments and the flags of its own, in the order of a command line. */
export function usageParts({args, flags}: CommandText): string[] {
  const own = flags.filter(({global}) => !global)
  const parts = own.map(({name, negatable, value, required}) => {
    const shown = `${longName(name, negatable)}${value ? ` ${value.label}` : ''}${value?.multiple ? '...' : ''}`
    return required ? shown : `[${shown}]`
  })
  return [...args.map(argumentUsage), ...parts]
}

/** What a flag means, with what it is where it is not given. */
export function flagMeaning({summary, required, value}: FlagText): string {
  const notes = [
    ...(required ? ['required'] : []),
    ...(value && value.options.length > 0 && !value.label.includes('|')
      ? [`one of ${value.options.join(', ')}`]
      : []),
    ...(value?.fallback === undefined ? [] : [`default: ${value.fallback}`]),
    ...(value?.multiple ? ['may be given several times'] : []),
  ]
  return notes.length === 0 ? summary : `${summary} (${notes.join('; ')})`
}

function longName(name: string, negatable: boolean): string {
  return `--${negatable ? '[no-]' : ''}${name}`
}
