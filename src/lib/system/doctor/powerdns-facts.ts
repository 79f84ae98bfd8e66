import {formatAddress, isWildcard} from '../../config/address.js'
import type {ZoneName} from '../../dns/name.js'
import type {Facts} from '../../doctor/facts.js'
import type {PowerDnsClient} from '../../powerdns/client.js'
import {readSettings, readViews} from '../../powerdns/settings.js'
import {fetchZone} from '../../xfr/axfr-client.js'
import {lookup} from '../../xfr/lookup.js'
import {ServedState} from '../../xfr/served-state.js'
import {transferLimits} from '../config-views.js'
import {tsigKey} from '../tsig.js'
import type {DoctorContext} from './context.js'
import type {Gatherers} from './fact-book.js'

type PrimaryNames =
  | 'primaryServer'
  | 'primarySettings'
  | 'primaryZones'
  | 'primaryTransfer'
  | 'primaryDns'
  | 'narrowZones'
  | 'primaryViews'
  | 'notifyListen'
type LocalNames = 'localServer' | 'localSettings' | 'localDns'

const LOOKED_AT_ONCE = 8
/** Zones whose metadata are read one by one; the rest of the time belongs to the answer. */
const NARROW_MS = 6_000

export const primaryFacts: Pick<Gatherers<DoctorContext>, PrimaryNames> = {
  primaryServer: {
    needs: [],
    gather: async (context, signal) => {
      const {apiUrl} = context.primary
      return {apiUrl, version: await context.powerDns(context.primary).serverVersion(signal)}
    },
  },
  primarySettings: {
    needs: ['primaryServer'],
    gather: (context, signal) => readSettings(context.powerDns(context.primary), signal),
  },
  primaryZones: {
    needs: ['primaryServer'],
    gather: async (context, signal) => {
      const zones: Array<{zone: ZoneName; signed: boolean}> = []
      for await (const {zone, signed} of context.powerDns(context.primary).eachZone(signal)) {
        zones.push({zone, signed: signed ?? false})
      }
      return zones
    },
  },
  primaryTransfer: {
    needs: ['primaryZones'],
    gather: async (context, signal, book) => {
      const zone = await smallZone(book)
      if (zone === undefined) return 'no zones'
      const {primary, config} = context
      const limits = transferLimits(config)
      const began = performance.now()
      const key = tsigKey(primary)
      const transfer = await fetchZone({server: primary.dns, zone, ...key, limits, signal})
      const ms = Math.round(performance.now() - began)
      return {zone, records: transfer.records, ms, signed: key.tsig !== undefined}
    },
  },
  primaryDns: {
    needs: ['primaryZones'],
    gather: async ({primary}, signal, book) => {
      const zone = await smallZone(book)
      if (zone === undefined) return 'no zones'
      const served = new ServedState({server: primary.dns})
      try {
        return {zone, served: (await served.fingerprintOf(zone, signal)).state === 'served'}
      } finally {
        await served.close()
      }
    },
  },
  narrowZones: {
    needs: ['primaryZones'],
    gather: async (context, signal, book) => {
      const fact = await book.look('primaryZones')
      const zones = fact.state === 'known' ? fact.value : []
      const signed = zones.filter((zone) => zone.signed).map(({zone}) => zone)
      return findNarrow(context.powerDns(context.primary), signed, signal)
    },
  },
  primaryViews: {
    needs: ['primaryServer'],
    gather: (context, signal) => readViews(context.powerDns(context.primary), signal),
  },
  notifyListen: {
    needs: [],
    gather: async ({config}) =>
      config.zoneProvider.notifyListen.map((address) => ({
        address: formatAddress(address),
        port: address.port,
        wildcard: isWildcard(address),
      })),
  },
}

export const localFacts: Pick<Gatherers<DoctorContext>, LocalNames> = {
  localServer: {
    needs: [],
    gather: async (context, signal) => {
      const {apiUrl} = context.secondary
      return {apiUrl, version: await context.powerDns(context.secondary).serverVersion(signal)}
    },
  },
  localSettings: {
    needs: ['localServer'],
    gather: (context, signal) => readSettings(context.powerDns(context.secondary), signal),
  },
  localDns: {
    needs: [],
    gather: async ({secondary}, signal) => {
      // Any answer will do: it need not serve the root.
      await lookup({server: secondary.dns, name: '.', type: 'SOA', signal})
      return {address: formatAddress(secondary.dns)}
    },
  },
}

type Book = Parameters<Gatherers<DoctorContext>['primaryTransfer']['gather']>[2]

/** The primary's smallest zone of those in the store, which were transferred before; else an unsigned one, or any. */
async function smallZone(book: Book): Promise<ZoneName | undefined> {
  const [zones, stored] = await Promise.all([book.look('primaryZones'), book.look('storedZones')])
  if (zones.state !== 'known') return undefined
  const sizes = new Map(
    stored.state === 'known' ? stored.value.map(({zone, records}) => [zone, records]) : [],
  )
  let best: {zone: ZoneName; size: number} | undefined
  for (const {zone, signed} of zones.value) {
    const size = sizes.get(zone) ?? Number.MAX_SAFE_INTEGER - (signed ? 0 : 1)
    if (best === undefined || size < best.size) best = {zone, size}
  }
  return best?.zone
}

async function findNarrow(
  client: PowerDnsClient,
  signed: readonly ZoneName[],
  signal: AbortSignal,
): Promise<Facts['narrowZones']> {
  const narrow: string[] = []
  let next = 0
  let looked = 0
  const until = performance.now() + NARROW_MS
  const worker = async () => {
    for (let zone = signed[next++]; zone !== undefined && performance.now() < until; zone = signed[next++]) {
      if ((await client.getZone(zone, signal))?.nsec3narrow) narrow.push(zone)
      looked++
    }
  }
  await Promise.all(Array.from({length: LOOKED_AT_ONCE}, worker))
  return {signed: signed.length, looked, narrow: narrow.sort()}
}
