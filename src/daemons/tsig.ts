import type {PrimaryConfig, SecondaryConfig} from '../lib/config/schema.js'
import {zoneName} from '../lib/dns/name.js'
import type {TsigKey} from '../lib/dns/tsig-record.js'

/** The configured TSIG key as the option `tsig`; nothing where none is configured. */
export function tsigKey({
  tsigName,
  tsigAlgorithm,
  tsigSecret,
}: Pick<PrimaryConfig | SecondaryConfig, 'tsigName' | 'tsigAlgorithm' | 'tsigSecret'>): {tsig?: TsigKey} {
  if (!tsigName || !tsigSecret) return {}
  return {
    tsig: {name: zoneName(tsigName), algorithm: tsigAlgorithm, secret: Buffer.from(tsigSecret, 'base64')},
  }
}
