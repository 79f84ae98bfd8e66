import {join} from 'node:path'
import {BLIND_TRUST, SignatureTrust, type Trust} from '../../lib/sync/apply/trust.js'
import type {ServedState} from '../../lib/sync/secondary.js'
import {TrustedKeys} from '../../lib/zone/signature.js'
import {readPublicKey} from '../../lib/zone/signing-key.js'
import {AcceptedFile} from './accepted-file.js'
import type {SyncerContext} from './parts.js'

/** What is believed of the store: where keys are trusted, only what they signed, and nothing older than what was taken before. */
export async function openTrust(context: SyncerContext, served: ServedState): Promise<Trust> {
  const {config, log} = context
  const keys = new TrustedKeys(config.signing.trustedKeys.map(readPublicKey))
  if (keys.ids.length === 0) {
    log.info(
      {event: 'signatures.ignored'},
      'versions are not checked: no signing.trusted_keys are configured',
    )
    return BLIND_TRUST
  }
  const file = join(config.state.directory, `accepted-${config.secondary.name}`)
  const consequence = 'an older version could be taken once again'
  const kept = await AcceptedFile.open({
    file,
    onTrouble: (error) =>
      log.warn(
        {event: 'accepted.not_kept', file, error, consequence},
        'which versions were taken is not kept',
      ),
    now: Date.now,
  })
  context.defer('accepted versions', () => kept[Symbol.asyncDispose]())
  const {accepted} = kept
  log.info({event: 'signatures.checked', keys: keys.ids, zones: accepted.size}, 'takes only signed versions')
  return new SignatureTrust({keys, accepted, onAccepted: (state) => kept.take(state), served})
}
