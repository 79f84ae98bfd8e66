import type {ConfigCheckReport} from '../../src/commands/config/check.js'
import type {ConfigShowReport} from '../../src/commands/config/show.js'
import type {ZoneExportReport} from '../../src/commands/zone/export.js'
import type {ZoneImportReport} from '../../src/commands/zone/import.js'
import type {InspectedConsumer, InspectedStream} from '../../src/lib/broker/inspection.js'
import type {TopologyChange} from '../../src/lib/broker/topology.js'
import type {InitReport} from '../../src/lib/config/init.js'
import {zoneName} from '../../src/lib/dns/name.js'
import type {CheckResult} from '../../src/lib/doctor/check.js'
import type {DoctorReport} from '../../src/lib/doctor/examine.js'
import type {ErrorReport} from '../../src/lib/errors.js'
import type {LabEndpoints} from '../../src/lib/lab/endpoints.js'
import type {ResyncReport} from '../../src/lib/sync/compare/resync-report.js'
import type {PushReport} from '../../src/lib/sync/push.js'
import type {DaemonHealth, HealthSnapshot, SecondaryHealth} from '../../src/lib/sync/watch/health.js'
import type {ForgetReport, PauseReport, SecondaryDetails} from '../../src/lib/sync/watch/secondary-details.js'
import type {VersionRecord} from '../../src/lib/sync/watch/version-history.js'
import type {ZoneWaitReport} from '../../src/lib/sync/zone-wait.js'
import type {BrokerCheckReport} from '../../src/lib/system/broker-check.js'
import type {KeyReport} from '../../src/lib/system/signing-keys.js'
import type {DifferentRrset, ZoneDiff} from '../../src/lib/system/zone-diff.js'
import type {ZoneReport} from '../../src/lib/system/zone-view.js'
import type {ZoneListRow} from '../../src/lib/ui/zone-list-lines.js'
import type {Happening} from '../../src/lib/zone/happening.js'
import type {Pause} from '../../src/lib/zone/pause.js'
import type {HeldPlan, PlannedChange} from '../../src/lib/zone/plan.js'
import {stored, versionOf} from './versions.js'

const zone = zoneName('shapes.example')
const error: ErrorReport = {code: 'PDIST_X', message: '', hints: ['']}
const change: PlannedChange = {zone, action: 'update', because: ''}
export const key: KeyReport = {file: '', id: '', publicKey: ''}
/** Unsigned, as before there was a key. */
export const listedZone: ZoneListRow = {zone, state: 'present', at: '', revision: 1}
/** Has to be held in the broker. */
export const plan: HeldPlan = {
  id: '0123456789',
  // Nobody compares it, so nobody finds that it is none.
  scope: {kind: 'secondary', secondary: 'nobody'},
  kind: 'deletions',
  reason: 'a test',
  at: 1,
  count: 1,
  changes: [change],
  status: 'held',
}

export const plans: HeldPlan[] = (['deletions', 'record loss'] as const).flatMap((kind) => [
  {...plan, kind},
  {...plan, kind, scope: {kind: 'store'}},
])
const listed = plans.map(({changes: _, ...rest}) => rest)

const secondary: SecondaryHealth = {
  secondary: 'ns1',
  state: 'ok',
  ageMs: 1,
  zones: 1,
  pending: 0,
  lag: 0,
  load: 0,
  versions: {pdist: '', powerdns: '', node: ''},
  warnings: [''],
  problems: [{...error, zone, since: 1}],
  problemCount: 1,
}
const pause: Pause = {since: 1, by: ''}
const pauses: Pause[] = [pause, {...pause, until: 1, reason: ''}]
export const secondaries: SecondaryHealth[] = [
  secondary,
  {
    ...secondary,
    memory: {total: 1, available: 1},
    disks: [{path: '', total: 1, free: 1}],
    compared: {at: 1, differences: 0},
    signatures: {ending: 0, ended: 0},
  },
  {...secondary, outages: [{...error, of: 'DNS', since: 1}]},
  ...pauses.map((paused) => ({...secondary, paused})),
  {...secondary, paused: pause, silent: true},
]
const details = {startedAt: 1, shortages: ['load' as const], endingSignatures: [{zone, leftS: 1}]}
export const detailed: SecondaryDetails[] = secondaries.flatMap((one) => [
  {...one, ...details},
  {...one, ...details, syncer: {host: '', pid: 1}, position: {waiting: 1, inFlight: 1, acknowledged: 1}},
])
const ordered: PauseReport = {secondary: 'ns1', state: 'ordered', ageMs: 1}
export const paused: PauseReport[] = pauses.map((one) => ({...ordered, pause: one}))
export const resumed = ordered
const forgotten: ForgetReport = {secondary: 'ns1', state: 'forgotten', zones: 1}
export const forgets: ForgetReport[] = [forgotten, {...forgotten, ageMs: 1}]
const daemon: DaemonHealth = {
  daemon: 'zone-provider',
  host: '',
  pid: 1,
  pdist: '',
  node: '',
  startedAt: 1,
  ready: true,
  missing: [''],
  leads: true,
  clockAheadMs: 0,
}
export const health: HealthSnapshot = {
  state: 'ok',
  reasons: [''],
  broker: {
    server: '',
    version: '',
    streams: [{name: '', state: 'ok', messages: 0, bytes: 0, replicas: {wanted: 1, current: 1}}],
  },
  zones: {present: 0, deleted: 0},
  events: {waiting: 0, inFlight: 0},
  convergence: {seconds: 300, proofs: 0},
  plans: listed,
  daemons: [daemon, {...daemon, secondary: ''}],
  secondaries,
}
export const converging: HealthSnapshot = {
  ...health,
  convergence: {seconds: 300, proofs: 1, p50Ms: 1, p99Ms: 1},
}
export const waited: ZoneWaitReport = {
  zone,
  confirmed: false,
  secondaries: [
    {secondary: 'ns1', state: 'waiting', error},
    {secondary: 'ns1', state: 'served', ms: 1, serial: 1},
  ],
}
export const push: PushReport[] = [
  {zone, confirmed: false, provision: 'failed', error, secondaries: []},
  {
    zone,
    confirmed: true,
    provision: 'stored',
    secondaries: [
      {secondary: 'ns1', state: 'waiting'},
      {secondary: 'ns1', state: 'failed', ms: 1, error},
      {secondary: 'ns1', state: 'served', ms: 1, serial: 1},
    ],
  },
]
export const resync: ResyncReport = {
  secondary: 'ns1',
  state: 'differs',
  zones: 1,
  plan: {create: 0, update: 1, delete: 0, transfer: 0},
  changes: [change],
  ordered: 1,
  proved: 0,
  left: [change, {...change, error}],
  held: [{id: '', count: 1, reason: ''}],
  ms: 1,
}
export const brokenOff: ResyncReport = {...resync, error}
export const shown: ZoneReport = {
  zone,
  stored: {kind: 'tombstone', zone, event: 1, at: 1, revision: 1},
  secondaries: [{secondary: 'ns1', state: 'no answer', error}],
}
export const shownUnsigned: ZoneReport = {...shown, stored: stored(versionOf(zone), 1)}
export const checked: ConfigCheckReport = {
  valid: false,
  mistakes: [
    {path: '', message: ''},
    {path: '', message: '', source: 'file'},
  ],
  settings: [],
}
export const topology: TopologyChange = {name: '', action: 'updated', settings: {replicas: {from: 1, to: 3}}}
/** What a lab's line has besides, where it has it. */
export const withTls: Pick<LabEndpoints, 'brokers' | 'brokerFiles'> = {
  brokers: [{url: '', pid: 1}],
  brokerFiles: {caFile: '', nkeyFile: ''},
}
const about = {zone, event: 1, at: 1}
const receipt = {...about, secondary: 'ns1', revision: 1, ms: 1}
export const happenings: Happening[] = [
  {kind: 'event', time: 1, sequence: 1, event: {verb: 'refresh', zone, id: '', source: '', at: 1}},
  {kind: 'event', time: 1, sequence: 1, event: {verb: 'added', zone, id: '', source: '', at: 1, call: ''}},
  {kind: 'provision', time: 1, provision: {...about, outcome: 'failed', error}},
  {kind: 'provision', time: 1, provision: {...about, outcome: 'stored', revision: 1}},
  {kind: 'receipt', time: 1, receipt: {...receipt, outcome: 'served', serial: 1}},
  {kind: 'receipt', time: 1, receipt: {...receipt, outcome: 'failed', error}},
  {kind: 'receipt', time: 1, receipt: {...receipt, outcome: 'failed', error, sequence: 1}},
]

const proof = {secondary: 'ns1', outcome: 'served', time: 1} as const
const cause = {sequence: 1, verb: 'added', source: '', time: 1} as const
const version: VersionRecord = {
  outcome: 'stored',
  causes: [cause, {...cause, call: ''}],
  served: [
    {...proof, ms: 1},
    {...proof, error},
  ],
}
export const versions: VersionRecord[] = [version, {...version, revision: 1, serial: 1, time: 1, error}]

const finding: CheckResult = {id: '', theme: 'machine', result: 'ok', finding: ''}
const findings = [finding, {...finding, about: '', fix: ''}]
export const examined: DoctorReport = {
  state: 'ok',
  counts: {ok: 1, skipped: 0, note: 0, warning: 0, problem: 0},
  checks: findings,
}
const stream: InspectedStream = {
  name: '',
  state: 'as wanted',
  settings: {},
  messages: 0,
  bytes: 0,
  replicas: 1,
}
const consumer: InspectedConsumer = {
  stream: '',
  name: '',
  reader: {kind: 'zone-providers'},
  pending: 0,
  unsettled: 0,
  read: true,
}
const inspected: BrokerCheckReport = {
  asWanted: true,
  server: '',
  version: '',
  streams: [],
  consumers: [],
  checks: findings,
}
export const inspections: BrokerCheckReport[] = [
  {
    ...inspected,
    account: {storage: 1, streams: 1},
    streams: [stream, {...stream, maxBytes: 1, cluster: {lagging: [''], offline: ['']}}],
  },
  {
    ...inspected,
    account: {storage: 1, streams: 1, storageLimit: 1, streamLimit: 1},
    streams: [{...stream, settings: topology.settings, cluster: {leader: '', lagging: [], offline: []}}],
    consumers: [
      consumer,
      {...consumer, reader: {kind: 'stranger'}},
      {...consumer, reader: {kind: 'secondary', secondary: ''}},
    ],
  },
  inspected,
]
export const written: InitReport[] = [
  {role: 'primary', text: '', mistakes: checked.mistakes},
  {role: 'primary', file: '', text: '', mistakes: []},
]
export const settings: ConfigShowReport[] = [{settings: []}, {file: '', settings: []}]

const rrset: DifferentRrset = {
  name: '',
  type: 'A',
  removed: [{ttl: 1, content: ''}],
  added: [{ttl: 1, content: ''}],
}
export const diffs: ZoneDiff[] = [
  {zone, between: ['primary', 'ns1'], same: false, serials: [1, 2], rrsets: [rrset]},
  {zone, between: ['primary', 'ns1'], same: false, rrsets: [], error},
]
const records = {before: 0, after: 1, added: 1, removed: 0, skipped: 0}
export const imported: ZoneImportReport = {
  zone,
  action: 'change',
  applied: true,
  records,
  rrsets: [rrset],
  warnings: [''],
}
export const exported: ZoneExportReport = {zone, from: 'store', serial: 1, output: ''}
