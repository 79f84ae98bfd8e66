import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {ROOT} from '../pdist.js'

/** The commands of a chapter of docs/install.md, in their order, without the remarks behind them. */
export function installationCommands(chapter: string): string[] {
  const guide = readFileSync(join(ROOT, 'docs/install.md'), 'utf8')
  const [, text] = guide.split(`\n## ${chapter}\n`)
  if (text === undefined) throw new Error(`docs/install.md has no chapter ${chapter}`)
  const [own = ''] = text.split('\n## ')
  return [...own.matchAll(/^ {4}((?:install|pdist|systemctl) .*?)(?: +# .*)?$/gm)].map(
    ([, command = '']) => command,
  )
}
