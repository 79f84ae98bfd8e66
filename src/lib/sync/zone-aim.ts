import {isNewer, type Serial} from '../dns/serial.js'
import type {RecordAnswer, ZoneStanding} from '../zone/command.js'
import {formatFingerprint} from '../zone/fingerprint.js'
import type {Receipt} from '../zone/report.js'
import type {Stored} from '../zone/version.js'
import type {Aim, NotYet, Proof} from './zone-wait.js'

type AskStanding = (secondary: string) => Promise<ZoneStanding>

/** What the store had of a zone at a certain moment, or anything newer. */
export function aimAtStored(stored: Stored, stand: AskStanding): Aim {
  const wanted = stored.kind === 'version' ? formatFingerprint(stored.fingerprint) : undefined
  return {
    ask: async (secondary) => {
      const {served, serial, revision = 0, problem} = await stand(secondary)
      // A zone that pdist did not make can have the very fingerprint that ours should have.
      if (problem || (served !== wanted && revision <= stored.revision)) return notYet(serial, problem)
      return proofOf(serial)
    },
    read: (receipt) => (receipt.revision >= stored.revision ? proofIn(receipt) : undefined),
  }
}

/** A version with this serial or a newer one (RFC 1982), be it in the store already or not. */
export function aimAtSerial(wanted: Serial, stand: AskStanding): Aim {
  const isReached = (serial: Serial | undefined) =>
    serial !== undefined && (serial === wanted || isNewer(serial, wanted))
  return {
    ask: async (secondary) => {
      const {serial, problem} = await stand(secondary)
      return !problem && isReached(serial) ? proofOf(serial) : notYet(serial, problem)
    },
    read: (receipt) =>
      receipt.outcome === 'served' && isReached(receipt.serial) ? proofIn(receipt) : undefined,
  }
}

/** A record that is answered over DNS; no receipt tells that. */
export function aimAtRecord(answers: (secondary: string) => Promise<RecordAnswer>): Aim {
  return {
    ask: async (secondary) => ((await answers(secondary)).found ? {state: 'served'} : {state: 'waiting'}),
    read: () => undefined,
  }
}

function proofOf(serial: Serial | undefined): Proof {
  return serial === undefined ? {state: 'removed'} : {state: 'served', serial}
}

function notYet(serial: Serial | undefined, error: ZoneStanding['problem']): NotYet {
  return {state: 'waiting', ...(serial === undefined ? {} : {serial}), ...(error ? {error} : {})}
}

function proofIn(receipt: Receipt): Proof | undefined {
  if (receipt.outcome === 'failed') return undefined
  return receipt.outcome === 'served' ? proofOf(receipt.serial) : proofOf(undefined)
}
