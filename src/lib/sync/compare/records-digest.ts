import {sleep} from '../../async/abort.js'
import {ContentDigest} from '../../dns/content.js'

/** So many messages at a time: a large zone must not hold up the others. */
const AT_A_TIME = 8

/** A digest of a transfer's records in any order, without the bytes of signatures: equal for a zone and a copy of it. */
export async function recordsDigest(messages: readonly Uint8Array[], signal: AbortSignal): Promise<string> {
  const digest = new ContentDigest()
  for (const [i, message] of messages.entries()) {
    digest.addRecords(message)
    if (i % AT_A_TIME === AT_A_TIME - 1) await sleep(0, signal)
  }
  return digest.finish()
}
