import type {CommandText, FlagText, Surface} from '../manual/surface.js'
import {childrenOf, type Values, valuesOfArgument, valuesOfFlag} from './values.js'

/** A script for fish 3 or newer. */
export function fishCompletion(surface: Surface): string {
  const {bin, version, commands, topics} = surface
  const names = [...topics, ...commands].map(({name}) => quoted(name))
  return `# fish completion for ${bin} ${version}, made by \`${bin} completion fish\`

function __${bin}_name -d 'The command of the line, as far as it is typed'
    set -l name
    for word in (commandline -opc)[2..]
        if contains -- (string join ' ' -- $name $word) ${names.join(' ')}
            set -a name $word
        end
    end
    string join ' ' -- $name
end

function __${bin}_at
    set -l name (__${bin}_name)
    test "$name" = "$argv[1]"
end

function __${bin}_names
    set -l words (commandline -opc)
    set -l origin
    for i in (seq 2 (count $words))
        switch $words[$i]
            case -c --config --broker
                set -l next (math $i + 1)
                set -a origin $words[$i] (string replace -r '^~/' "$HOME/" -- $words[$next])
            case '--config=*' '--broker=*'
                set -a origin $words[$i]
        end
    end
    $words[1] complete $argv[1] $origin -- (commandline -ct) 2>/dev/null
end

complete -c ${bin} -f
${['', ...topics.map(({name}) => name)].flatMap((parent) => nameLines(surface, parent)).join('\n')}
${commands.flatMap((command) => commandLines(command, bin)).join('\n')}
`
}

function nameLines(surface: Surface, parent: string): string[] {
  const {bin, commands, topics} = surface
  return childrenOf(surface, parent).map((word) => {
    const name = parent === '' ? word : `${parent} ${word}`
    const command = commands.find((each) => each.name === name)
    const text = command?.summary ?? topics.find((each) => each.name === name)?.description ?? ''
    return `${at(bin, parent)} -a ${quoted(word)} -d ${quoted(text)}`
  })
}

function commandLines(command: CommandText, bin: string): string[] {
  const here = at(bin, command.name)
  const flags = command.flags.flatMap((flag) => flagLines(flag, here, bin))
  const args = command.args.flatMap((arg) => {
    const offered = offer(valuesOfArgument(command, arg), bin)
    return offered === '' ? [] : [`${here} ${offered}`]
  })
  return [...flags, ...args]
}

function flagLines(flag: FlagText, here: string, bin: string): string[] {
  const {name, char, summary, value, negatable} = flag
  const short = char === undefined ? '' : ` -s ${char}`
  const taken = value ? ` ${offer(valuesOfFlag(flag), bin) || '-x'}` : ''
  const described = ` -d ${quoted(summary)}`
  return [
    `${here} -l ${name}${short}${taken}${described}`,
    ...(negatable ? [`${here} -l no-${name}${described}`] : []),
  ]
}

function offer({words, names, paths}: Values, bin: string): string {
  if (paths === 'files') return '-r -F'
  if (paths === 'directories') return "-x -a '(__fish_complete_directories)'"
  const offered = [...words, ...names.map((kind) => `(__${bin}_names ${kind})`)]
  return offered.length === 0 ? '' : `-x -a ${quoted(offered.join(' '))}`
}

function at(bin: string, name: string): string {
  return `complete -c ${bin} -n ${quoted(`__${bin}_at '${name}'`)}`
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, (character) => `\\${character}`)}'`
}
