import * as Flags from '@oclif/core/flags'
import type {AnswerTexts, InitReport} from '../../lib/config/init.js'
import type {MachineRole, Question} from '../../lib/config/template.js'
import {BaseCommand} from '../base.js'
import {InvalidFlagError} from '../flags-base.js'

const STDOUT = '-'

export default class ConfigInit extends BaseCommand<InitReport> {
  static override summary = 'Write a new configuration file, with every key explained'
  static override description =
    `The file holds what you say by flags, or when asked in a terminal; every other key is in it as a comment with its default
and its meaning. Secrets stay out of it: it names the files that hold them. One file serves all daemons of a machine.

A file that is there is not replaced without --force. Without a terminal everything has to be said by flags. Afterwards
whatever is still missing is named, as \`pdist config check\` would.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> --role primary',
    {
      description: 'A secondary, from a script',
      command:
        '<%= config.bin %> <%= command.id %> --role secondary --name ns1 --broker tls://nats.example.net:4222 --api-url http://[::1]:8081 --api-key-file /etc/pdist/powerdns-key --trusted-keys "pdist-ed25519 …"',
    },
    {
      description: 'Only look',
      command: '<%= config.bin %> <%= command.id %> --role operator --broker nats://[::1]:4222 --output -',
    },
  ]
  static override flags = {
    role: Flags.option({options: ['primary', 'secondary', 'operator'] as const, required: true})({
      summary: 'What the machine is for',
    }),
    output: Flags.string({
      default: '/etc/pdist/pdist.toml',
      helpValue: 'FILE',
      summary: 'The file to write; - for stdout',
    }),
    force: Flags.boolean({summary: 'Replace the file if it is there'}),
    name: Flags.string({helpValue: 'NAME', summary: 'Name of the secondary, unique among all'}),
    'api-url': Flags.string({helpValue: 'URL', summary: 'PowerDNS API on this machine'}),
    'api-key-file': Flags.string({helpValue: 'FILE', summary: "File with that API's key"}),
    'signing-key-file': Flags.string({
      helpValue: 'FILE',
      summary: 'On the primary: the key that signs versions (default: /etc/pdist/signing-key.pem)',
    }),
    'trusted-keys': Flags.string({
      helpValue: 'KEYS',
      summary: 'On a secondary: the public keys of the zone-providers, separated by commas',
    }),
    dns: Flags.string({helpValue: 'ADDRESS', summary: 'Where PowerDNS answers DNS (default: [::1]:53)'}),
  }

  async run(): Promise<InitReport> {
    const {flags} = await this.parse(ConfigInit)
    const {initConfiguration, initialConfiguration} = await import('../../lib/config/init.js')
    const {role, output, force} = flags
    const answers = await this.#answers(role, {
      'broker.servers': flags.broker?.join(','),
      'secondary.name': flags.name,
      [`${role}.api_url`]: flags['api-url'],
      [`${role}.api_key_file`]: flags['api-key-file'],
      [`${role}.dns`]: flags.dns,
      'signing.key_file': flags['signing-key-file'],
      'signing.trusted_keys': flags['trusted-keys'],
    })
    if (output === STDOUT) {
      const text = initialConfiguration(role, answers)
      this.log(text.trimEnd())
      return {role, text, mistakes: []}
    }
    const report = await initConfiguration(role, answers, {file: output, force})
    this.log(`wrote ${output}`)
    for (const {path, message} of report.mistakes) this.logToStderr(`still to do: ${path}: ${message}`)
    return report
  }

  /** What was said by flags, and what is asked for besides. */
  async #answers(role: MachineRole, given: AnswerTexts): Promise<AnswerTexts> {
    const {checkedAnswers, mistakeIn, openQuestions} = await import('../../lib/config/init.js')
    const {known, mistakes} = checkedAnswers(role, given)
    const [wrong] = mistakes
    if (wrong) throw new InvalidFlagError(`${flagOf(wrong.path)}: ${wrong.message}`)
    const open = openQuestions(role, known)
    if (!process.stdin.isTTY || !process.stderr.isTTY) return allSaid(known, open)
    const {ask} = await import('../../lib/ui/ask.js')
    const answers = {...known}
    for (const {path, text, usual} of open) {
      const question = {text, usual, mistakeIn: (answer: string) => mistakeIn(path, answer)}
      const answer = await ask(question, {input: process.stdin, output: process.stderr}, this.signal)
      if (answer === undefined) throw new InvalidFlagError(`${flagOf(path)} was not answered`)
      answers[path] = answer
    }
    return answers
  }
}

/** Where nobody can be asked. */
function allSaid(answers: AnswerTexts, open: readonly Question[]): AnswerTexts {
  const missing = open.filter(({optional}) => !optional).map(({path}) => flagOf(path))
  if (missing.length === 0) return answers
  throw new InvalidFlagError(`nobody can be asked: say ${missing.join(', ')}`, {
    hints: ['Run it in a terminal to be asked', 'See `--help` for an example'],
  })
}

/** `primary.api_key_file` -> `--api-key-file` */
function flagOf(path: string): string {
  if (path === 'broker.servers') return '--broker'
  if (path === 'signing.key_file') return '--signing-key-file'
  return `--${path.slice(path.indexOf('.') + 1).replaceAll('_', '-')}`
}
