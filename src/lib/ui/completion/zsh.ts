import type {CommandText, FlagText, Surface} from '../manual/surface.js'
import {childrenOf, type Values, valuesOfArgument, valuesOfFlag} from './values.js'

/** A script for zsh's completion system, to be found as `_pdist` in its fpath, or sourced. */
export function zshCompletion(surface: Surface): string {
  const {bin, version, commands, topics} = surface
  const parents = ['', ...topics.map(({name}) => name)]
  return `#compdef ${bin}
# zsh completion for ${bin} ${version}, made by \`${bin} completion zsh\`

# Words, then kinds of names.
_${bin}_offer() {
  local -a found
  local kind
  found=(\${=1})
  for kind in \${=2}; do
    found+=(\${(f)"$($program complete $kind $origin -- "$PREFIX" 2>/dev/null)"})
  done
  compadd -a found
}

${parents.map((parent) => topicFunction(surface, parent)).join('\n')}
${commands.map((command) => commandFunction(command, bin)).join('\n')}
_${bin}() {
  local program=$words[1] i
  local -a origin
  for ((i = 2; i < CURRENT; i++)); do
    case $words[i] in
      (-c|--config|--broker) origin+=($words[i] \${words[i+1]/#\\~\\//$HOME/}) ;;
      (--config=*|--broker=*) origin+=($words[i]) ;;
    esac
  done
  ${functionName(bin, '', 'topic')}
}

if [ "$funcstack[1]" = "_${bin}" ]; then
  _${bin} "$@"
else
  compdef _${bin} ${bin}
fi
`
}

/** Completes the next word of a command's name, and goes on with what that is. */
function topicFunction(surface: Surface, parent: string): string {
  const {bin, commands, topics} = surface
  const children = childrenOf(surface, parent).map((word) => {
    const name = parent === '' ? word : `${parent} ${word}`
    const command = commands.find((each) => each.name === name)
    const text = command?.summary ?? topics.find((each) => each.name === name)?.description ?? ''
    return {word, text, call: functionName(bin, name, command ? 'command' : 'topic')}
  })
  const described = children.map(({word, text}) => `    ${quoted(`${word}:${text}`)}`)
  const calls = children.map(({word, call}) => `        (${word}) ${call} ;;`)
  return `${functionName(bin, parent, 'topic')}() {
  local context curcontext=$curcontext state line
  local -A opt_args
  local -a children
  children=(
${described.join('\n')}
  )
  _arguments -C '1: :->name' '*::: :->rest'
  case $state in
    (name) _describe -t commands ${quoted(`${bin} ${parent}`.trim())} children ;;
    (rest)
      # Quoted, for the empty word under the cursor counts.
      words=("$line[1]" "\${words[@]}")
      ((CURRENT++))
      case $line[1] in
${calls.join('\n')}
      esac
      ;;
  esac
}
`
}

function commandFunction(command: CommandText, bin: string): string {
  const args = command.args.map((arg, index) => {
    const place = arg.multiple ? '*' : `${index + 1}${arg.required ? '' : ':'}`
    return quoted(`${place}:${escaped(arg.name)}:${action(valuesOfArgument(command, arg), bin)}`)
  })
  const specs = [...command.flags.flatMap((flag) => flagSpecs(flag, bin)), ...args]
  return `${functionName(bin, command.name, 'command')}() {
  _arguments -S \\
${specs.map((spec) => `    ${spec}`).join(' \\\n')}
}
`
}

function flagSpecs(flag: FlagText, bin: string): string[] {
  const {name, char, summary, value, negatable} = flag
  const names = [
    `--${name}`,
    ...(char === undefined ? [] : [`-${char}`]),
    ...(negatable ? [`--no-${name}`] : []),
  ]
  const before = value?.multiple ? '*' : `(${names.join(' ')})`
  return names.map((given) => {
    const assigned = value && given.startsWith('--') ? '=' : ''
    const taken = value ? `:${escaped(value.label)}:${action(valuesOfFlag(flag), bin)}` : ''
    return quoted(`${before}${given}${assigned}[${escaped(summary)}]${taken}`)
  })
}

function action({words, names, paths}: Values, bin: string): string {
  if (paths) return paths === 'files' ? '_files' : '_files -/'
  if (names.length === 0) return words.length === 0 ? ' ' : `(${words.join(' ')})`
  // The blank keeps zsh from adding arguments of its own.
  return ` _${bin}_offer "${words.join(' ')}" "${names.join(' ')}"`
}

function functionName(bin: string, name: string, kind: 'topic' | 'command'): string {
  return `_${bin}_${kind}${name === '' ? '' : `_${name.replace(/[^a-z0-9]/g, '_')}`}`
}

function escaped(text: string): string {
  return text.replace(/[\\[\]:]/g, (character) => `\\${character}`)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
