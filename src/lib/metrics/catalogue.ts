import {counter, gauge, latency} from './definitions.js'

/** Why a version was not stored or not applied. */
export const KEPT_OUT_REASONS = [
  'zonemd-mismatch',
  'zonemd-missing',
  'signatures-expired',
  'transfer-inconsistent',
  'transfer-incomplete',
  'transfer-malformed',
  'transfer-too-large',
  'corrupt-snapshot',
  'unsigned',
  'unknown-key',
  'forged',
  'replayed',
] as const

const outcomes = (...names: readonly string[]) => names.map((outcome) => ({outcome}))

/**
 * Every metric of the project, in one place, by the daemons that have it; a new one is one line, made by `counter`, `gauge` or
 * `latency`. Base units only (seconds, bytes). No label may hold a zone's name or anything else that a client can make up:
 * each value of a label is a time series for as long as the process lives.
 */
const everyDaemon = {
  buildInfo: gauge('pdist_build_info', 'Always 1; the version is in the label', ['version']),
  ready: gauge('pdist_ready', 'Whether the named condition for being ready holds (1) or not (0)', [
    'condition',
  ]),
  brokerDisconnects: counter('pdist_broker_disconnects_total', 'Times the connection to the broker was lost'),
  malformedMessages: counter('pdist_malformed_messages_total', 'Messages from the broker that were ignored'),
} as const

const shared = {
  zonesPending: gauge('pdist_zones_pending', 'Zones that wait or are worked on'),
  versionsKeptOut: counter(
    'pdist_versions_kept_out_total',
    'Versions not stored or not applied, each try',
    ['reason'],
    KEPT_OUT_REASONS.map((reason) => ({reason})),
  ),
  convergence: latency('pdist_convergence_seconds', 'From hearing of a state to its proof'),
  leader: gauge('pdist_leader', 'Whether this instance leads (1) or follows (0)'),
} as const

const apiProxy = {
  proxyRequests: counter('pdist_proxy_requests_total', 'API calls', ['method', 'status']),
  changesPublished: counter('pdist_changes_published_total', 'Changes that the broker acknowledged', [
    'verb',
  ]),
  publishFailures: counter('pdist_publish_failures_total', 'Tries to publish a change that failed'),
  pendingIntents: gauge('pdist_pending_intents', 'Changes that the broker has not acknowledged yet'),
  queuedChanges: gauge('pdist_proxy_queued_changes', 'Changes that wait until PowerDNS has made others'),
  waitingCalls: gauge('pdist_proxy_waiting', 'Answers that are held back until their change is proved'),
  waits: counter('pdist_proxy_waits_total', 'Answers that were held back, by what ended it', ['outcome']),
  waitDuration: latency('pdist_proxy_wait_seconds', 'For how long they were held back'),
  upstreamErrors: counter('pdist_upstream_errors_total', 'Calls that PowerDNS did not answer'),
  malformedRequests: counter(
    'pdist_malformed_requests_total',
    'Connections whose bytes were no HTTP request',
  ),
  proxyTurnedAway: counter(
    'pdist_proxy_clients_turned_away_total',
    'Connections from addresses outside of `api_proxy.allow_from`',
  ),
} as const

const zoneProvider = {
  zonesProvided: counter(
    'pdist_zones_provided_total',
    'Looks at a zone of the primary, by their outcome',
    ['outcome'],
    outcomes('stored', 'unchanged', 'tombstone', 'absent', 'failed'),
  ),
  eventsSettled: counter('pdist_events_settled_total', 'Events that those looks answered'),
  notifies: counter('pdist_notifies_total', 'NOTIFYs and what else came for them, by what became of it', [
    'outcome',
  ]),
  primaryComparisons: counter(
    'pdist_primary_comparisons_total',
    'Comparisons of the primary with the store',
    ['outcome'],
    outcomes('done', 'failed'),
  ),
  primaryDifferences: gauge('pdist_primary_differences', 'Zones that the last one found to differ'),
  provideDuration: latency('pdist_provide_seconds', 'From the beginning of a transfer to the stored version'),
} as const

const syncer = {
  zonesProved: counter(
    'pdist_zones_proved_total',
    'Receipts sent, by their outcome',
    ['outcome'],
    outcomes('served', 'removed', 'failed'),
  ),
  lag: gauge('pdist_lag_seconds', 'Age of the oldest state that is not served yet'),
  zones: gauge('pdist_zones', 'Zones that the local PowerDNS has from pdist'),
  deviations: counter('pdist_deviations_total', 'Zones that were no longer what had been proved', [
    'because',
  ]),
  surveyFailures: counter('pdist_survey_failures_total', 'Looks at what is served that failed', ['what']),
  problems: gauge('pdist_zone_problems', 'Zones that cannot be served as they should'),
  load: gauge('pdist_load_per_core', 'Load average over one minute, per core'),
  memoryAvailable: gauge('pdist_memory_available_ratio', 'The share of all memory that is available'),
  diskFree: gauge('pdist_disk_free_ratio', 'The share of the fullest watched disk that is free'),
  paused: gauge('pdist_paused', 'Whether somebody paused this secondary, so that nothing is applied'),
  earlyRequests: counter(
    'pdist_early_requests_total',
    'Transfers that PowerDNS was asked for before their version was here: met, or in vain',
    ['outcome'],
    outcomes('met', 'in-vain'),
  ),
  amendments: counter(
    'pdist_amendments_total',
    'Changes, and new zones, that were to be written into PowerDNS, not transferred: what became of them',
    ['outcome'],
    outcomes('amended', 'created', 'unfit', 'absent', 'refused', 'in-vain'),
  ),
  transferQueries: counter('pdist_transfer_queries_total', 'Queries to the transfer server', [
    'kind',
    'outcome',
  ]),
  transferMalformed: counter('pdist_transfer_malformed_total', 'What came there and was no query', [
    'reason',
  ]),
} as const

const healthChecker = {
  secondaryActive: gauge('pdist_secondary_active', 'Whether a secondary is active', ['secondary']),
  secondaryLag: gauge('pdist_secondary_lag_seconds', 'The lag that a secondary reports', ['secondary']),
  secondaryLoad: gauge('pdist_secondary_load_per_core', 'The load that a secondary reports', ['secondary']),
  secondaryMemory: gauge(
    'pdist_secondary_memory_available_ratio',
    'The share of its memory that is available at a secondary',
    ['secondary'],
  ),
  secondaryDisk: gauge(
    'pdist_secondary_disk_free_ratio',
    'The share of its fullest disk that is free at a secondary',
    ['secondary'],
  ),
  secondaryOverloaded: gauge(
    'pdist_secondary_overloaded',
    'Whether a secondary is short of something, so that repair work to it is slowed',
    ['secondary'],
  ),
  secondaryOutage: gauge(
    'pdist_secondary_outage',
    'Whether a secondary does not get from its PowerDNS what it needs: DNS, API or survey',
    ['secondary', 'of'],
  ),
  secondaryPaused: gauge('pdist_secondary_paused', 'Whether somebody paused a secondary', ['secondary']),
  unconfirmed: gauge(
    'pdist_zones_unconfirmed',
    'Zones whose newest state some active secondary did not prove',
  ),
  unansweredEvents: gauge(
    'pdist_events_unanswered',
    'Zones with events that no zone-provider answered in time',
  ),
  comparisons: counter('pdist_comparisons_total', 'Comparisons of a secondary with the store', [
    'secondary',
    'outcome',
  ]),
  signaturesExpiring: gauge('pdist_signatures_expiring', 'Zones whose signatures in the store expire soon'),
  signaturesExpired: gauge('pdist_signatures_expired', 'Zones whose signatures in the store have expired'),
  signaturesSoonest: gauge(
    'pdist_signatures_soonest_seconds',
    'Until the first signatures in the store expire; +Inf where there are none',
  ),
  primaryChecks: counter(
    'pdist_primary_checks_total',
    'Comparisons of a zone with the primary over DNS',
    ['outcome'],
    outcomes('same', 'differs', 'not-served', 'silent', 'failed'),
  ),
  nsec3Activations: counter('pdist_nsec3_activations_total', 'Zones of the primary that were given NSEC3', [
    'outcome',
  ]),
  plansHeld: gauge('pdist_plans_held', 'Plans that wait for a decision'),
  resends: counter('pdist_resends_total', 'Zones sent again because they were not proved in time'),
} as const

export const catalogue = {
  ...everyDaemon,
  ...shared,
  ...apiProxy,
  ...zoneProvider,
  ...syncer,
  ...healthChecker,
}

type Catalogue = typeof catalogue

const own: Readonly<Record<string, Partial<Catalogue>>> = {
  'api-proxy': apiProxy,
  'zone-provider': {
    ...zoneProvider,
    zonesPending: shared.zonesPending,
    versionsKeptOut: shared.versionsKeptOut,
    leader: shared.leader,
  },
  syncer: {
    ...syncer,
    zonesPending: shared.zonesPending,
    versionsKeptOut: shared.versionsKeptOut,
    convergence: shared.convergence,
  },
  'health-checker': {...healthChecker, convergence: shared.convergence, leader: shared.leader},
}

/** The metrics that a daemon shows; all of them for a name that is no daemon's. */
export function catalogueOf(daemon: string): Partial<Catalogue> {
  const metrics = own[daemon]
  return metrics ? {...everyDaemon, ...metrics} : catalogue
}
