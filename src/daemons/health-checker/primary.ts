import {randomUUID} from 'node:crypto'
import type {EventStream} from '../../lib/broker/events.js'
import type {Config, PrimaryConfig} from '../../lib/config/schema.js'
import {type ZoneName, zoneName} from '../../lib/dns/name.js'
import {PowerDnsClient} from '../../lib/powerdns/client.js'
import type {StorePicture} from '../../lib/sync/compare/store-picture.js'
import {type DenialApi, Nsec3Activation} from '../../lib/sync/watch/nsec3.js'
import {type CheckOutcome, type KnownStore, PrimaryCheck} from '../../lib/sync/watch/primary-check.js'
import type {SignatureWatch} from '../../lib/sync/watch/signatures.js'
import {ServedState} from '../../lib/xfr/served-state.js'
import type {EventVerb} from '../../lib/zone/event.js'
import type {DaemonContext} from '../runner.js'

export interface SignedZoneParts {
  /** Both see every state of the store. */
  signatures: SignatureWatch
  store: StorePicture
  events: EventStream
}

type Context = DaemonContext<Config>

/** Asks the primary about every zone of the store, again and again. Closed with the daemon. */
export function primaryCheck(
  context: Context,
  primary: PrimaryConfig,
  {signatures, store, events}: SignedZoneParts,
): PrimaryCheck {
  const served = new ServedState({server: primary.dns})
  context.defer('primary DNS', () => served.close())
  return new PrimaryCheck({
    known: knownStore(store, signatures),
    primary: served,
    refresh: (zone) => publish(events, 'refresh', zone),
    everyMs: context.config.healthChecker.signatureCheck,
    onChecked: (zone, outcome, error) => told(context, zone, outcome, error),
    now: () => performance.now(),
  })
}

function knownStore(store: StorePicture, signatures: SignatureWatch): KnownStore {
  return {
    get complete() {
      return store.complete
    },
    get: (zone) => {
      const state = store.get(zone)
      if (state?.kind !== 'version') return undefined
      return {fingerprint: state.fingerprint, signed: signatures.isSigned(zone)}
    },
    zones: () => [...store].flatMap(([zone, {kind}]) => (kind === 'version' ? [zone] : [])),
  }
}

function told({log, metrics}: Context, zone: ZoneName, outcome: CheckOutcome, error: unknown): void {
  metrics.count('primaryChecks', {outcome})
  if (outcome === 'differs') {
    log.info({event: 'primary.differs', zone}, 'the primary serves something else than the store has')
  } else if (outcome === 'silent') {
    log.warn({event: 'primary.silent', zone, error}, 'the primary does not answer')
  } else if (outcome === 'failed') {
    log.warn({event: 'primary.not_published', zone, error}, 'publishing a difference failed')
  }
}

/** Gives NSEC3 to the primary's zones, where that is configured. Closed with the daemon. */
export function nsec3Activation(
  context: Context,
  primary: PrimaryConfig,
  events: EventStream,
): Nsec3Activation | undefined {
  const {config, log, metrics} = context
  if (config.healthChecker.nsec3 === 'off') return undefined
  const client = new PowerDnsClient(primary)
  context.defer('primary API', () => client.close())
  return new Nsec3Activation({
    api: denialApi(client),
    exempt: new Set(config.healthChecker.nsec3Exempt.map((name) => zoneName(name))),
    publish: (zone) => publish(events, 'modified', zone),
    everyMs: config.healthChecker.signatureCheck,
    onActivated: (zone) => {
      metrics.count('nsec3Activations', {outcome: 'activated'})
      log.info({event: 'nsec3.activated', zone}, 'gave a zone NSEC3 instead of NSEC')
    },
    onFailed: (zone, error) => {
      metrics.count('nsec3Activations', {outcome: 'failed'})
      log.error({event: 'nsec3.failed', zone, error}, 'NSEC3 could not be activated, will try again')
    },
  })
}

function denialApi(client: PowerDnsClient): DenialApi {
  return {
    signedZones: async (signal) => {
      const zones: ZoneName[] = []
      for await (const {zone, signed} of client.eachZone(signal)) if (signed) zones.push(zone)
      return zones
    },
    zone: async (name, signal) => {
      const zone = await client.getZone(name, signal)
      if (!zone) return undefined
      const {kind, signed = false, nsec3param = ''} = zone
      return {zone: zone.zone, kind, signed, nsec3param}
    },
    isPresigned: async (zone, signal) => (await client.metadata(zone, 'PRESIGNED', signal)).length > 0,
    setNsec3: (zone, signal) => client.setNsec3(zone, signal),
    rectify: (zone, signal) => client.rectify(zone, signal),
  }
}

async function publish(events: EventStream, verb: EventVerb, zone: ZoneName): Promise<void> {
  await events.publish({id: randomUUID(), verb, zone, source: 'health-checker', at: Date.now()})
}
