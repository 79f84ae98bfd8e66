import {zoneName} from '../../lib/dns/name.js'
import type {PowerDnsClient} from '../../lib/powerdns/client.js'
import {answerOfPowerDns} from '../answer-of-powerdns.js'
import {Amender} from './amend.js'
import type {PowerDns, SyncerContext} from './parts.js'

/**
 * Waits for the local PowerDNS, and gives it the TSIG key for its transfers where one is configured. It is not asked for its zones,
 * which takes it seconds where there are many: the survey begins with that.
 */
export async function meetPowerDns(context: SyncerContext, client: PowerDnsClient): Promise<PowerDns> {
  const {log, readiness, signal} = context
  const words = 'waiting for the local PowerDNS'
  return answerOfPowerDns({log, signal, maxMs: 5000, words}, async () => {
    const version = await client.serverVersion(signal)
    const tsigKeyIds = await giveTsigKey(context, client)
    readiness.set('powerdns', true)
    log.info({event: 'powerdns.found', version}, 'found the local PowerDNS')
    return {api: apiOf(client, tsigKeyIds, new Amender(client, tsigKeyIds, log)), version}
  })
}

async function giveTsigKey({config, signal}: SyncerContext, client: PowerDnsClient): Promise<string[]> {
  const {tsigName, tsigAlgorithm: algorithm, tsigSecret: secret} = config.secondary
  if (!tsigName || !secret) return []
  return [await client.setTsigKey({name: zoneName(tsigName), algorithm, secret}, signal)]
}

function apiOf(client: PowerDnsClient, tsigKeyIds: readonly string[], amender: Amender): PowerDns['api'] {
  return {
    version: (signal) => client.serverVersion(signal),
    prepare: () => client.prepare(),
    eachZone: (signal, options) => client.eachZone(signal, options),
    getZone: (zone, signal) => client.getZone(zone, signal),
    createSecondary: (zone, masters, signal) => client.createSecondary(zone, {masters, tsigKeyIds}, signal),
    createWith: amender.createWith,
    deleteZone: (zone, signal) => client.deleteZone(zone, signal),
    retrieve: (zone, signal) => {
      amender.forget(zone)
      return client.retrieve(zone, signal)
    },
    amend: amender.amend,
    flush: (zone, signal, options) => client.flush(zone, signal, options),
  }
}
