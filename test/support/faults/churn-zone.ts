import {type ApiAnswer, type ApiClient, type RRset, rrset, zonePath} from '../api-client.js'

/** A zone as the churn knows it. */
export interface ChurnZone {
  name: string
  signed: boolean
  /** Unknown after a call that failed. */
  exists: boolean | 'unknown'
  busy: boolean
}

export type Act = 'create' | 'change' | 'delete'

const DELETED_SHARE = 0.08
const HOSTS = 5

export function newZone(name: string, {signed = false} = {}): ChurnZone {
  return {name, signed, exists: false, busy: false}
}

/** What can be done with the zone now; `chance` from 0 to 1 decides where there is a choice. */
export function nextFor({exists}: ChurnZone, chance: number): Act {
  if (exists === 'unknown') return 'delete'
  if (!exists) return 'create'
  return chance < DELETED_SHARE ? 'delete' : 'change'
}

/** The call that does it. `number` is what both of the zone's counters are set to. */
export function callFor({name, signed}: ChurnZone, what: Act, number: number): Parameters<ApiClient['send']> {
  if (what === 'delete') return ['DELETE', zonePath(name)]
  if (what === 'change') return ['PATCH', zonePath(name), {rrsets: changesOf(name, number)}]
  const dnssec = signed ? {dnssec: true, nsec3param: '1 0 0 -'} : {}
  const zone = {name, kind: 'Native', nameservers: [`ns1.${name}`], rrsets: countersOf(name, number)}
  return ['POST', '/zones?rrsets=false', {...zone, ...dnssec}]
}

/** Notes in the zone what the answer says of it; false where the call may have failed. */
export function learn(zone: ChurnZone, what: Act, answer: ApiAnswer | undefined): boolean {
  const status = answer?.status ?? 0
  const done = (status >= 200 && status < 300) || (what === 'delete' && status === 404)
  if (done) zone.exists = what !== 'delete'
  else if (status === 404) zone.exists = false
  else if (what !== 'change') zone.exists = 'unknown'
  return done
}

function countersOf(zone: string, number: number): RRset[] {
  return ['counter', 'twin'].map((label) => rrset(`${label}.${zone}`, 'TXT', `"${number}"`))
}

/** Both counters, and a host that comes, moves or goes. */
function changesOf(zone: string, number: number): Array<RRset & {changetype: string}> {
  const host = rrset(`host-${number % HOSTS}.${zone}`, 'A', `192.0.2.${number % 256}`)
  return [
    ...countersOf(zone, number).map((counter) => ({...counter, changetype: 'REPLACE'})),
    {...host, changetype: number % 3 === 0 ? 'DELETE' : 'REPLACE'},
  ]
}
