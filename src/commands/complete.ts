import * as Args from '@oclif/core/args'
import {orAborted, withTimeout} from '../lib/async/abort.js'
import type {NameKind} from '../lib/ui/completion/values.js'
import {SystemCommand} from './system-base.js'

const KINDS = ['zones', 'secondaries', 'plans'] as const
/** Somebody waits at the keyboard. */
const WITHIN_MS = 1000

/** Hidden: the scripts of `pdist completion` call it. */
export default class Complete extends SystemCommand<string[]> {
  static override hidden = true
  static override summary = 'List the names that begin with a prefix, for completion in a shell'
  static override description =
    'At most 200, one a line. Nothing, and no error, where the broker does not answer within a second.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> zones -- exa',
    '<%= config.bin %> <%= command.id %> secondaries --json',
  ]
  static override args = {
    kind: Args.string({required: true, options: [...KINDS], description: 'What to list'}),
    prefix: Args.string({ignoreStdin: true, description: 'What the names begin with'}),
  }

  async run(): Promise<string[]> {
    const {args} = await this.parse(Complete)
    const [kind, prefix] = [args.kind as NameKind, args.prefix ?? '']
    try {
      const names = await withTimeout(WITHIN_MS, this.signal, (signal) => this.#names(kind, prefix, signal))
      for (const name of names) this.log(name)
      return names
    } catch (error) {
      // A shell would show an error in the middle of the line that is being typed.
      const log = await this.logger()
      log.debug({event: 'completion.failed', error}, 'could not list the names')
      // What is under way still ends here.
      return this.exit(0)
    }
  }

  async #names(kind: NameKind, prefix: string, signal: AbortSignal): Promise<string[]> {
    const listing = this.#list(kind, prefix, signal)
    await orAborted(signal, listing)
    signal.throwIfAborted()
    return listing
  }

  async #list(kind: NameKind, prefix: string, signal: AbortSignal): Promise<string[]> {
    const {listNames} = await import('../lib/system/names.js')
    await using system = await this.open()
    return await listNames(system, {kind, prefix, signal})
  }
}
