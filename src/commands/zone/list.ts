import * as Flags from '@oclif/core/flags'
import type {Stored} from '../../lib/zone/version.js'
import {SystemCommand} from '../system-base.js'

export interface ZoneListRow {
  zone: string
  state: 'present' | 'deleted'
  serial?: number
  records?: number
  /** With DNSSEC. */
  signed?: boolean
  /** The id of the key with which a zone-provider signed this state (`pdist keys`); absent where none did. */
  signingKey?: string
  /** When the version was taken from the primary, ISO 8601. */
  at: string
  revision: number
}

export default class ZoneList extends SystemCommand<ZoneListRow[]> {
  static override summary = 'List the zones in the zone store'
  static override description =
    'One line for each zone, with the serial and size of its newest version, as the secondaries get it.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {description: 'Deleted zones too', command: '<%= config.bin %> <%= command.id %> --deleted'},
    "<%= config.bin %> <%= command.id %> --json | jq -r '.[] | select(.signed) | .zone'",
  ]
  static override flags = {
    deleted: Flags.boolean({summary: 'Also zones that were deleted, while it is remembered'}),
  }

  async run(): Promise<ZoneListRow[]> {
    const {flags} = await this.parse(ZoneList)
    const {tableLines} = await import('../../lib/ui/table.js')
    await using system = await this.open()
    const rows: ZoneListRow[] = []
    for await (const state of system.states(this.signal)) {
      if (state.kind === 'version' || flags.deleted) rows.push(toRow(state))
    }
    rows.sort((a, b) => a.zone.localeCompare(b.zone))
    const columns = [
      {head: 'ZONE'},
      {head: 'SERIAL', align: 'right'},
      {head: 'RECORDS', align: 'right'},
      {head: 'SIGNED'},
      {head: 'SINCE'},
    ] as const
    for (const line of tableLines(columns, rows.map(cells))) this.log(line)
    return rows
  }
}

function toRow(state: Stored): ZoneListRow {
  const {zone, revision} = state
  const at = new Date(state.at).toISOString()
  const common = {at, revision, ...(state.signed ? {signingKey: state.signed.key} : {})}
  if (state.kind === 'tombstone') return {zone, state: 'deleted', ...common}
  const {fingerprint, records} = state
  const signed = fingerprint.signatures.length > 0
  return {zone, state: 'present', serial: fingerprint.serial, records, signed, ...common}
}

function cells({zone, state, serial, records, signed, at}: ZoneListRow): string[] {
  if (state === 'deleted') return [zone, '-', '-', 'deleted', at]
  return [zone, String(serial), String(records), signed ? 'yes' : 'no', at]
}
