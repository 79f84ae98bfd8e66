import type {CommandText, Surface} from '../manual/surface.js'
import {childrenOf, type Values, valuesOfArgument, valuesOfFlag} from './values.js'

/** A script for bash 4 or newer; needs no other package. */
export function bashCompletion(surface: Surface): string {
  const {bin, version, commands, topics} = surface
  const names = [...topics, ...commands].map(({name}) => quoted(name))
  const flagged = commands.flatMap((command) =>
    flagNames(command, true).map((flag) => quoted(`${command.name} ${flag}`)),
  )
  return `# bash completion for ${bin} ${version}, made by \`${bin} completion bash\`

_${bin}_is_name() {
  case $1 in
    ${alternatives(names)}) return 0 ;;
  esac
  return 1
}

_${bin}_takes_value() {
  case $1 in
    ${alternatives(flagged)}) return 0 ;;
  esac
  return 1
}

# What may follow a command's name: more of it, or its flags.
_${bin}_words() {
  case $1 in
${['', ...topics.map(({name}) => name)].map((name) => wordsCase(name, childrenOf(surface, name))).join('\n')}
${commands.map((command) => wordsCase(`${command.name} -`, flagNames(command, false))).join('\n')}
  esac
}

# What a flag's value or a command's n-th argument may be.
_${bin}_value() {
  case $1 in
${commands.flatMap((command) => valueCases(command, bin)).join('\n')}
  esac
}

# Words, kinds of names, and a kind of paths for compgen. Names come from the broker: nothing in them is the shell's.
_${bin}_offer() {
  local kind found
  for found in $1; do
    [[ $found != "$cur"* ]] || COMPREPLY+=("$found")
  done
  for kind in $2; do
    while IFS= read -r found; do
      printf -v found %q "$found"
      COMPREPLY+=("$found")
    done < <("\${COMP_WORDS[0]}" complete "$kind" "\${origin[@]}" -- "$cur" 2>/dev/null)
  done
  [[ -z $3 ]] || {
    compopt -o filenames 2>/dev/null
    while IFS= read -r found; do COMPREPLY+=("$found"); done < <(compgen "$3" -- "$cur")
  }
}

_${bin}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} name='' flag='' position=0 word i
  local -a origin=()
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ -n $flag ]]; then
      # bash takes the = of --flag=value for a word.
      [[ $word != = ]] || continue
      case $flag in -c | --config | --broker) origin+=("$flag" "\${word/#\\~\\//$HOME/}") ;; esac
      flag=''
    elif [[ $word == -* ]]; then
      ! _${bin}_takes_value "$name $word" || flag=$word
    elif _${bin}_is_name "\${name:+$name }$word"; then
      name="\${name:+$name }$word"
    else
      position=$((position + 1))
    fi
  done
  if [[ -n $flag ]]; then
    [[ $cur != = ]] || cur=''
    _${bin}_value "$name $flag"
  elif [[ $cur == -* ]]; then
    _${bin}_offer "$(_${bin}_words "$name -")"
  else
    _${bin}_offer "$(_${bin}_words "$name")"
    _${bin}_value "$name $position"
  fi
}

complete -F _${bin} ${bin}
`
}

function wordsCase(name: string, words: readonly string[]): string {
  return `    ${quoted(name)}) echo ${quoted(words.join(' '))} ;;`
}

function valueCases(command: CommandText, bin: string): string[] {
  const flags = command.flags.flatMap((flag) => {
    const given = [`--${flag.name}`, ...(flag.char === undefined ? [] : [`-${flag.char}`])]
    return valueCase(
      given.map((text) => quoted(`${command.name} ${text}`)),
      valuesOfFlag(flag),
      bin,
    )
  })
  const args = command.args.flatMap((arg, index) => {
    const pattern = arg.multiple ? `${quoted(`${command.name} `)}[0-9]*` : quoted(`${command.name} ${index}`)
    return valueCase([pattern], valuesOfArgument(command, arg), bin)
  })
  return [...flags, ...args]
}

function valueCase(patterns: readonly string[], {words, names, paths}: Values, bin: string): string[] {
  if (words.length + names.length === 0 && !paths) return []
  const option = paths === undefined ? '' : paths === 'files' ? '-f' : '-d'
  return [
    `    ${patterns.join(' | ')}) _${bin}_offer ${quoted(words.join(' '))} ${quoted(names.join(' '))} ${quoted(option)} ;;`,
  ]
}

function flagNames({flags}: CommandText, withValue: boolean): string[] {
  const chosen = withValue ? flags.filter(({value}) => value) : flags
  return chosen.flatMap(({name, char, negatable}) => [
    `--${name}`,
    ...(negatable ? [`--no-${name}`] : []),
    ...(char === undefined ? [] : [`-${char}`]),
  ])
}

function alternatives(patterns: readonly string[]): string {
  return patterns.join(' | \\\n    ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
