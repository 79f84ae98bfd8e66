import {cooperate} from '../../async/cooperate.js'
import {ContentDigest} from '../../dns/content.js'

/** A digest of a transfer's records in any order, without the bytes of signatures: equal for a zone and a copy of it. */
export function recordsDigest(messages: readonly Uint8Array[], signal: AbortSignal): Promise<string> {
  return cooperate(digest(messages), signal)
}

function* digest(messages: readonly Uint8Array[]): Generator<void, string> {
  const content = new ContentDigest()
  for (const message of messages) {
    content.addRecords(message)
    yield
  }
  return content.finish()
}
