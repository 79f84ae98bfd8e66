import * as Flags from '@oclif/core/flags'
import type {KeyReport} from '../../lib/system/signing-keys.js'
import {BaseCommand} from '../base.js'

export default class KeysGenerate extends BaseCommand<KeyReport> {
  static override summary = 'Make a key with which the zone-provider signs versions'
  static override description =
    `Writes a new Ed25519 private key into a file that only its owner may read, never over another file, and prints
the public key in one line.

The private key belongs to the zone-providers: \`key_file\` in [signing]. The public key belongs into the configuration of
every secondary: \`trusted_keys\` in [signing]. From then on a syncer takes only what was signed with one of those keys, so
that neither a stolen broker nor a stolen secondary can change, delete or take back a zone.

To replace a key: make a new one, add its public key beside the old one at every secondary, give the new private key to the
zone-providers, wait until \`pdist zone show\` names the new key, and take the old one out at the secondaries.`
  static override examples = [
    {
      description: 'On the primary, as root: systemd hands the daemons a copy',
      command: '<%= config.bin %> <%= command.id %> --output /etc/pdist/credentials/signing-key.pem',
    },
    '<%= config.bin %> <%= command.id %> --output new-key.pem --json | jq -r .publicKey',
  ]
  // It needs no configuration: a file or a broker given would be ignored.
  static override baseFlags = {json: BaseCommand.baseFlags.json} as typeof BaseCommand.baseFlags
  static override flags = {
    output: Flags.string({
      char: 'o',
      required: true,
      helpValue: 'FILE',
      summary: 'Where the private key is written',
    }),
  }

  async run(): Promise<KeyReport> {
    const {flags} = await this.parse(KeysGenerate)
    const {generateKeyFile} = await import('../../lib/system/signing-keys.js')
    const report = await generateKeyFile(flags.output)
    this.log(report.publicKey)
    return report
  }
}
