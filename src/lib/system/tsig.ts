import {zoneName} from '../dns/name.js'
import type {TsigAlgorithm, TsigKey} from '../dns/tsig-record.js'

export interface TsigSettings {
  tsigName?: string | undefined
  tsigAlgorithm: TsigAlgorithm
  /** In base64. */
  tsigSecret?: string | undefined
}

/** The configured TSIG key as the option `tsig`; nothing where none is configured. */
export function tsigKey({tsigName, tsigAlgorithm, tsigSecret}: TsigSettings): {tsig?: TsigKey} {
  if (!tsigName || !tsigSecret) return {}
  return {
    tsig: {name: zoneName(tsigName), algorithm: tsigAlgorithm, secret: Buffer.from(tsigSecret, 'base64')},
  }
}
