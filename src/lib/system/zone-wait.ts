import {type ZoneName, zoneName} from '../dns/name.js'
import type {Serial} from '../dns/serial.js'
import {InvalidRecordError, rdataDigest, readRecordText} from '../dns/wanted-record.js'
import {UnknownZoneError} from '../sync/errors.js'
import {aimAtRecord, aimAtSerial, aimAtStored} from '../sync/zone-aim.js'
import {type Aim, waitForZone, type ZoneWaitOptions, type ZoneWaitReport} from '../sync/zone-wait.js'
import type {RecordQuestion} from '../zone/command.js'
import type {System} from './system.js'

/** What is waited for of a zone; without any of these, what the store has of it at this moment. */
export interface ZoneTarget {
  serial?: Serial
  record?: RecordQuestion
}

type WaitRequest = Pick<ZoneWaitOptions, 'waitFor' | 'timeoutMs' | 'onProof' | 'signal'>

/** Waits for the secondaries that are known at this moment. */
export interface ZoneWaiter {
  secondaries: ZoneWaitOptions['secondaries']
  wait(request: WaitRequest): Promise<ZoneWaitReport>
}

/** Rejects with UnknownZoneError where the zone is waited for as the store has it, and the store does not know it. */
export async function prepareZoneWait(
  system: System,
  zone: ZoneName,
  target: ZoneTarget,
  signal: AbortSignal,
): Promise<ZoneWaiter> {
  const [aim, known] = await Promise.all([aimAt(system, zone, target), system.secondaries(signal)])
  const secondaries = known.map(({secondary, active, paused}) => ({
    name: secondary,
    active,
    paused: paused !== undefined,
  }))
  return {
    secondaries,
    wait: (request) =>
      waitForZone(system, zone, aim, {...request, secondaries, now: () => performance.now()}),
  }
}

async function aimAt(system: System, zone: ZoneName, {serial, record}: ZoneTarget): Promise<Aim> {
  const {commands, store} = system
  const stand = (secondary: string) => commands.stand(secondary, zone)
  if (record) return aimAtRecord((secondary) => commands.answers(secondary, record))
  if (serial !== undefined) return aimAtSerial(serial, stand)
  const found = await store.get(zone)
  if (found) return aimAtStored(found.state, stand)
  throw new UnknownZoneError(`the store does not know ${zone}`, {
    hints: [`Run \`pdist zone push ${zone}\` to take it from the primary`],
  })
}

/** A zone's name may hold slashes (RFC 2317), a type may not. */
const RECORD = /^(?<name>.+?)\/(?<type>[A-Za-z][A-Za-z0-9-]*)\/(?<value>.*)$/s

/**
 * Reads `name/type/value`. The name is absolute where it ends in a dot or in the zone's name, else relative to the zone; `@` is
 * the zone itself.
 * @throws InvalidRecordError, InvalidNameError
 */
export function readRecord(text: string, zone: ZoneName): RecordQuestion {
  const {name, type, value} = RECORD.exec(text)?.groups ?? {}
  if (name === undefined || type === undefined || value === undefined) {
    throw new InvalidRecordError(`"${text}" is no record`, {
      hints: ['Write it as name/type/value: `_acme-challenge/TXT/abc`'],
    })
  }
  const record = readRecordText(type, value)
  return {name: ownerOf(name, zone), type: record.type, digest: rdataDigest(record.rdata)}
}

function ownerOf(text: string, zone: ZoneName): ZoneName {
  if (text === '@') return zone
  const name = zoneName(text)
  if (isInZone(name, zone)) return name
  if (!text.endsWith('.')) return zoneName(`${text}.${zone}`)
  throw new InvalidRecordError(`${name} is not in the zone ${zone}`, {
    hints: ['Leave the last dot out for a name that is relative to the zone'],
  })
}

const LABEL = /(?:\\\d{3}|\\.|[^\\.])+/g

function isInZone(name: ZoneName, zone: ZoneName): boolean {
  const [labels, apex] = [name, zone].map((each) => each.match(LABEL) ?? [])
  const [below = [], above = []] = [labels, apex]
  return above.length <= below.length && above.every((label, i) => below.at(i - above.length) === label)
}
