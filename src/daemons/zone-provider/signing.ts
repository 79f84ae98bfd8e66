import type {Reports} from '../../lib/broker/reports.js'
import type {Config} from '../../lib/config/schema.js'
import {Refusals, type RefusalsOptions} from '../../lib/sync/provide/refusals.js'
import {Signer} from '../../lib/sync/provide/signer.js'
import {readKeyFile} from '../../lib/system/signing-keys.js'
import {formatPublicKey, readPublicKey} from '../../lib/zone/signing-key.js'
import {ignoring} from '../broker.js'
import type {DaemonContext} from '../runner.js'

type Context = DaemonContext<Config>

/** What signs the versions, where a key is configured. Rejects where it cannot be read. */
export async function openSigner({config, log}: Context): Promise<Signer | undefined> {
  const {keyFile, trustedKeys} = config.signing
  if (keyFile === undefined) {
    log.info({event: 'signing.off'}, 'versions are not signed: no signing.key_file is configured')
    return undefined
  }
  const key = await readKeyFile(keyFile, () =>
    log.warn({event: 'signing.key_exposed', file: keyFile}, 'every user may read the key: chmod o= it'),
  )
  log.info({event: 'signing.on', key: formatPublicKey(key)}, 'signs every version')
  return new Signer({key, trusted: trustedKeys.map(readPublicKey), now: Date.now})
}

/** Hears what secondaries refuse, and has it signed anew. Resolves when aborted. */
export async function heedRefusals(
  context: Context,
  reports: Reports,
  parts: Pick<RefusalsOptions, 'signer' | 'repairs' | 'isKnown'>,
  signal: AbortSignal,
): Promise<void> {
  const refusals = new Refusals({...parts, log: context.log, now: Date.now})
  const end = reports.watchReceipts('>', {
    on: (receipt) => refusals.heard(receipt),
    onMalformed: ignoring(context),
  })
  try {
    await refusals.run(signal)
  } finally {
    end()
  }
}
