import * as Flags from '@oclif/core/flags'
import type {InitReport} from '../../lib/config/init.js'
import type {AnswerTexts, Question} from '../../lib/config/questions.js'
import type {MachineRole} from '../../lib/config/template.js'
import {BaseCommand} from '../base.js'
import {InvalidFlagError} from '../flags-base.js'

const STDOUT = '-'

export default class ConfigInit extends BaseCommand<InitReport> {
  static override summary = 'Write a new configuration file, with every key explained'
  static override description =
    `The file holds what you say by flags, or when asked in a terminal; every other key is in it as a comment with its default
and its meaning. Secrets stay out of it: it names the files that hold them. One file serves all daemons of a machine.

What is not said is where the Debian packages and \`pdist broker setup --roles\` have it. So on the primary \`--broker\` is
enough, and on a secondary also \`--name\` and \`--trusted-keys\`; nothing is asked then. Otherwise, in a terminal, everything
that was not said is asked, with the usual answer in brackets; without one, what is missing is named. \`none\` leaves out
what the file can do without: \`--nkey-file none\` for another login, which you write into it yourself.

The primary signs every version, and a secondary takes only what a key of \`--trusted-keys\` signed, unless you say \`none\`.

A file that is there is not replaced without --force. Afterwards whatever is still missing is named, as \`pdist config check\` would.`
  static override examples = [
    {
      description: 'On the primary, in place of the file that came with the package',
      command:
        '<%= config.bin %> <%= command.id %> --role primary --broker tls://nats.example.net:4222 --force',
    },
    {
      description: 'On a secondary',
      command:
        '<%= config.bin %> <%= command.id %> --role secondary --broker tls://nats.example.net:4222 --name ns1 --trusted-keys "pdist-ed25519 …" --force',
    },
    {
      description: 'For the commands, on the primary; elsewhere without its API',
      command:
        '<%= config.bin %> <%= command.id %> --role operator --broker tls://nats.example.net:4222 --api-url http://127.0.0.1:8081',
    },
    {description: 'Be asked', command: '<%= config.bin %> <%= command.id %> --role secondary'},
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
      helpValue: 'FILE',
      summary:
        'The file to write; - for stdout (default: /etc/pdist/primary.toml, secondary.toml or, for an operator, pdist.toml)',
    }),
    force: Flags.boolean({summary: 'Replace the file if it is there'}),
    name: Flags.string({helpValue: 'NAME', summary: 'Name of the secondary, unique among all'}),
    'ca-file': Flags.string({
      helpValue: 'FILE',
      summary: "Authority of the NATS servers' certificates (default: /etc/pdist/broker-ca.pem)",
    }),
    'nkey-file': Flags.string({
      helpValue: 'FILE',
      summary:
        "This machine's key for them (default: primary.nkey, secondary-NAME.nkey or operator.nkey in /etc/pdist/credentials)",
    }),
    'api-url': Flags.string({
      helpValue: 'URL',
      summary: 'PowerDNS API on this machine (default: http://127.0.0.1:8081; for an operator, none)',
    }),
    'api-key-file': Flags.string({
      helpValue: 'FILE',
      summary: "File with that API's key (default: /etc/pdist/credentials/powerdns-key)",
    }),
    'signing-key-file': Flags.string({
      helpValue: 'FILE',
      summary:
        'On the primary: the key that signs versions (default: /etc/pdist/credentials/signing-key.pem)',
    }),
    'trusted-keys': Flags.string({
      helpValue: 'KEYS',
      summary: 'On a secondary: the public keys of the zone-providers, separated by commas',
    }),
    dns: Flags.string({helpValue: 'ADDRESS', summary: 'Where PowerDNS answers DNS (default: 127.0.0.1:53)'}),
  }

  async run(): Promise<InitReport> {
    const {flags} = await this.parse(ConfigInit)
    const {initConfiguration, initialConfiguration} = await import('../../lib/config/init.js')
    const {powerDnsSection, USUAL_FILES} = await import('../../lib/config/questions.js')
    const {role, force} = flags
    const output = flags.output ?? USUAL_FILES[role]
    const powerDns = powerDnsSection(role)
    if (output !== STDOUT && !force) {
      const {refuseExisting} = await import('../../lib/config/write-file.js')
      await refuseExisting(output)
    }
    const answers = await this.#answers(role, {
      'broker.servers': flags.broker?.join(','),
      'broker.ca_file': flags['ca-file'],
      'broker.nkey_file': flags['nkey-file'],
      'secondary.name': flags.name,
      [`${powerDns}.api_url`]: flags['api-url'],
      [`${powerDns}.api_key_file`]: flags['api-key-file'],
      [`${powerDns}.dns`]: flags.dns,
      'signing.key_file': flags['signing-key-file'],
      'signing.trusted_keys': flags['trusted-keys'],
    })
    if (output === STDOUT) {
      const text = initialConfiguration(role, answers, USUAL_FILES[role])
      this.log(text.trimEnd())
      return {role, text, mistakes: []}
    }
    const report = await initConfiguration(role, answers, {file: output, force})
    this.log(`wrote ${output}`)
    for (const {path, message} of report.mistakes) this.logToStderr(`still to do: ${path}: ${message}`)
    return report
  }

  /** What was said by flags, and what is usual or asked for besides. */
  async #answers(role: MachineRole, given: AnswerTexts): Promise<AnswerTexts> {
    const {checkedAnswers, mistakeIn} = await import('../../lib/config/init.js')
    const {openQuestions, withUsualAnswers} = await import('../../lib/config/questions.js')
    const {known, mistakes} = checkedAnswers(role, given)
    const [wrong] = mistakes
    if (wrong) throw new InvalidFlagError(`${flagOf(wrong.path)}: ${wrong.message}`)
    const usual = withUsualAnswers(role, known)
    if (usual) return usual
    const answers = {...known}
    if (!process.stdin.isTTY || !process.stderr.isTTY) throw nobodyToAsk(openQuestions(role, answers))
    const {ask} = await import('../../lib/ui/ask.js')
    // What is answered decides what else is asked.
    for (;;) {
      const [next] = openQuestions(role, answers)
      if (!next) return answers
      const {path, text, usual} = next
      const question = {text, usual, mistakeIn: (answer: string) => mistakeIn(role, path, answer)}
      const answer = await ask(question, {input: process.stdin, output: process.stderr}, this.signal)
      if (answer === undefined) throw new InvalidFlagError(`${flagOf(path)} was not answered`)
      answers[path] = answer
    }
  }
}

function nobodyToAsk(open: readonly Question[]): InvalidFlagError {
  const missing = open.filter(({usual}) => usual === undefined).map(({path}) => flagOf(path))
  return new InvalidFlagError(`nobody can be asked: say ${missing.join(', ')}`, {
    hints: ['Run it in a terminal to be asked', 'See `--help` for an example'],
  })
}

/** `primary.api_key_file` -> `--api-key-file` */
function flagOf(path: string): string {
  if (path === 'broker.servers') return '--broker'
  if (path === 'signing.key_file') return '--signing-key-file'
  return `--${path.slice(path.indexOf('.') + 1).replaceAll('_', '-')}`
}
