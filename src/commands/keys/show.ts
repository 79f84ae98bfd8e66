import * as Args from '@oclif/core/args'
import type {KeyReport} from '../../lib/system/signing-keys.js'
import {BaseCommand} from '../base.js'

export default class KeysShow extends BaseCommand<KeyReport> {
  static override summary = 'Print the public key of a private key'
  static override description =
    `The line is what \`trusted_keys\` in [signing] takes at every secondary. Its second word is the
key's id, which \`pdist zone show\` tells of each zone, and the daemons in their logs. The private key is not shown.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> /etc/pdist/credentials/signing-key.pem',
    '<%= config.bin %> <%= command.id %> /etc/pdist/credentials/signing-key.pem --json | jq -r .id',
  ]
  // It needs no configuration: a file or a broker given would be ignored.
  static override baseFlags = {json: BaseCommand.baseFlags.json} as typeof BaseCommand.baseFlags
  static override args = {file: Args.string({required: true, description: 'File with the private key'})}

  async run(): Promise<KeyReport> {
    const {args} = await this.parse(KeysShow)
    const {showKeyFile} = await import('../../lib/system/signing-keys.js')
    const report = await showKeyFile(args.file)
    this.log(report.publicKey)
    return report
  }
}
