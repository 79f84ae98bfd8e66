import * as Args from '@oclif/core/args'
import {BaseCommand} from './base.js'

const SHELLS = ['bash', 'zsh', 'fish'] as const

export interface CompletionScript {
  shell: (typeof SHELLS)[number]
  script: string
}

export default class Completion extends BaseCommand<CompletionScript> {
  static override summary = 'Print a script that completes commands, flags and names in a shell'
  static override description =
    `The script knows all commands and flags. The names of zones, secondaries and plans it asks of the broker while you
type, as the configuration says, or the \`--config\` of the line; where the broker is away, it offers none.

In the shell that you are in:
  source <(pdist completion bash)
  source <(pdist completion zsh)
  pdist completion fish | source`
  static override examples = [
    {
      description: 'For every bash from now on (needs root)',
      command: '<%= config.bin %> <%= command.id %> bash >/etc/bash_completion.d/pdist',
    },
    {
      description: 'For your own bash',
      command:
        'mkdir -p ~/.local/share/bash-completion/completions\n<%= config.bin %> <%= command.id %> bash >~/.local/share/bash-completion/completions/pdist',
    },
    {
      description: 'For zsh, into a directory of its fpath',
      command: '<%= config.bin %> <%= command.id %> zsh >"$fpath[1]/_pdist"',
    },
    {
      description: 'For fish',
      command: '<%= config.bin %> <%= command.id %> fish >~/.config/fish/completions/pdist.fish',
    },
  ]
  // It needs no configuration.
  static override baseFlags = {json: BaseCommand.baseFlags.json} as typeof BaseCommand.baseFlags
  static override args = {
    shell: Args.string({required: true, options: [...SHELLS], description: 'The shell to complete in'}),
  }

  async run(): Promise<CompletionScript> {
    const {args} = await this.parse(Completion)
    const shell = args.shell as CompletionScript['shell']
    const {ownSurface} = await import('../cli/surface.js')
    const script = (await scriptFor(shell))(ownSurface(this.config))
    if (!this.jsonEnabled()) process.stdout.write(script)
    return {shell, script}
  }
}

async function scriptFor(shell: CompletionScript['shell']) {
  if (shell === 'bash') return (await import('../lib/ui/completion/bash.js')).bashCompletion
  if (shell === 'zsh') return (await import('../lib/ui/completion/zsh.js')).zshCompletion
  return (await import('../lib/ui/completion/fish.js')).fishCompletion
}
