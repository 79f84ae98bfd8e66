import type {Difference} from '../../lib/dns/difference.js'
import type {ZoneName} from '../../lib/dns/name.js'
import type {Logger} from '../../lib/logger.js'
import type {PowerDnsClient} from '../../lib/powerdns/client.js'
import {PowerDnsRequestError} from '../../lib/powerdns/errors.js'
import {type ApiChange, changeRrsets, createSecondaryWith} from '../../lib/powerdns/rrsets.js'
import type {SecondaryApi} from '../../lib/sync/secondary.js'
import {apiChangeOf, hasEscapes} from '../../lib/system/api-rrsets.js'

const FIT_NAME = /^(?:\*\.)?[a-z0-9_/.-]*$/

/** Changes RRsets of the local PowerDNS's secondary zones, or creates such a zone with all of them; all or nothing. */
export class Amender {
  readonly #client: PowerDnsClient
  readonly #tsigKeyIds: readonly string[]
  readonly #log: Logger
  /** Which PowerDNS leaves as they are given. */
  readonly #asGiven = new Set<ZoneName>()

  constructor(client: PowerDnsClient, tsigKeyIds: readonly string[], log: Logger) {
    this.#client = client
    this.#tsigKeyIds = tsigKeyIds
    this.#log = log
  }

  /** The zone may be made anew, or was not as it was thought to be: what was set for it may be lost. */
  forget(zone: ZoneName): void {
    this.#asGiven.delete(zone)
  }

  readonly amend: SecondaryApi['amend'] = async (zone, difference, signal) => {
    const changes = changesOf(difference)
    if (!changes.every(isFit)) return 'unfit'
    try {
      if (!this.#asGiven.has(zone)) await this.#client.keepAsGiven(zone, signal)
      this.#asGiven.add(zone)
      await changeRrsets(this.#client, zone, changes, signal)
      return 'amended'
    } catch (error) {
      return this.#refused(zone, error) === 404 ? 'absent' : 'refused'
    }
  }

  readonly createWith: SecondaryApi['createWith'] = async (zone, masters, contents, signal) => {
    const rrsets = changesOf(contents)
    if (!rrsets.every(isFit)) return 'unfit'
    const secondary = {masters, tsigKeyIds: this.#tsigKeyIds}
    try {
      if (!(await createSecondaryWith(this.#client, zone, secondary, rrsets, signal))) return 'found'
      this.#asGiven.add(zone)
      return 'created'
    } catch (error) {
      this.#refused(zone, error)
      return 'refused'
    }
  }

  /** The status that PowerDNS refused it with. Throws the error where it is not known what PowerDNS did. */
  #refused(zone: ZoneName, error: unknown): number {
    if (!(error instanceof PowerDnsRequestError) || error.status >= 500) throw error
    this.#asGiven.delete(zone)
    if (error.status !== 404)
      this.#log.warn(
        {event: 'zone.not_amended', zone, error},
        'PowerDNS refused a change, the zone is transferred',
      )
    return error.status
  }
}

/**
 * Newer versions read escapes in contents otherwise, and PowerDNS may have been upgraded since it told its version. All of them refuse
 * names with other characters than these, which a transfer may have.
 */
function isFit(change: ApiChange): boolean {
  return FIT_NAME.test(change.name) && !hasEscapes(change)
}

/** What is deleted may be in the way of what comes. */
function changesOf(difference: Difference) {
  const [gone, there] = [difference.filter(isGone), difference.filter((rrset) => !isGone(rrset))]
  return [
    ...gone.map(({name, type}) => apiChangeOf({do: 'delete', name, type})),
    ...there.map(({name, type, rdatas}) => apiChangeOf({do: 'replace', name, type, rdatas, disabled: []})),
  ]
}

function isGone({rdatas}: Difference[number]): boolean {
  return rdatas.length === 0
}
