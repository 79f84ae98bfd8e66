const TOKEN = /\s*(?:(\n|\|\||&&|[|;&()]|\d?[<>]+[&(]?)|((?:'[^']*'|"(?:\\.|[^"])*"|\\.|[^\s|;&()<>'"\\])+))/y

/** Stands for what a command in the command would have printed: a number is a name, too. */
const SUBSTITUTED = '1'

/** The words behind each `pdist` that a shell would run in these lines; redirections are left out. */
export function pdistCallsIn(lines: string): string[][] {
  const calls: string[][] = []
  const outer = lines.replace(/\$\(([^()]*)\)/g, (_, inner: string) => {
    calls.push(...pdistCallsIn(inner))
    return SUBSTITUTED
  })
  for (const words of simpleCommands(outer)) {
    const at = words.indexOf('pdist')
    if (at === -1) continue
    // What xargs adds is not there to be read.
    calls.push([...words.slice(at + 1), ...(words.slice(0, at).includes('xargs') ? ['added'] : [])])
  }
  return calls
}

function simpleCommands(lines: string): string[][] {
  const commands: string[][] = [[]]
  let isTarget = false
  TOKEN.lastIndex = 0
  for (let token = TOKEN.exec(lines); token; token = TOKEN.exec(lines)) {
    const [, operator, word = ''] = token
    if (operator === undefined && !isTarget) commands.at(-1)?.push(unquoted(word))
    isTarget = operator !== undefined && /[<>]&?$/.test(operator)
    if (operator !== undefined && !isTarget) commands.push([])
  }
  return commands
}

function unquoted(word: string): string {
  return word.replace(
    /'([^']*)'|"((?:\\.|[^"])*)"|\\(.)/g,
    (_, single, double, escaped) => single ?? double ?? escaped,
  )
}
