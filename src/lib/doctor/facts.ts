import type {ZoneName} from '../dns/name.js'
import type {ErrorReport} from '../errors.js'
import type {DaemonRole} from '../zone/daemon.js'
import type {Settings} from './powerdns.js'

export interface MachineFacts {
  node: {version: string}
  configuration: {
    /** The file that was read; absent where there is none. */
    file?: string
    mistakes: ReadonlyArray<{path: string; message: string}>
  }
  files: readonly FileFact[]
  stateDirectory: {
    path: string
    /** `missing but possible`: it can be made where it shall be. */
    state: 'writable' | 'not writable' | 'missing' | 'missing but possible' | 'no directory'
    user: string
  }
  certificates: readonly CertificateFact[]
}

/** A file that the configuration names, or the configuration itself. */
export interface FileFact {
  path: string
  /** `broker.key_file`, or `the configuration`. */
  named: string
  /** Whether it holds something that nobody else should read. */
  secret: boolean
  /** The permission bits; absent where it cannot be looked at, because of `missing`. */
  mode?: number
  missing?: string
}

export interface CertificateFact {
  path: string
  named: string
  /** Milliseconds since 1970; absent where it cannot be read, because of `unreadable`. */
  validFrom?: number
  validTo?: number
  unreadable?: string
  /** The time at which it was looked at. */
  now: number
}

export interface BrokerFacts {
  broker: {
    server: string
    version: string
    /** Whether all configured servers are on this machine. */
    local: boolean
    encrypted: boolean
    /** What one message may have, in bytes. */
    maxPayload: number
    /** `zone_provider.inline_bytes`. */
    inlineBytes: number
  }
  /** The certificate that the server shows. */
  brokerCertificate: {validFrom: number; validTo: number; now: number}
  /** How much the broker's clock is ahead of ours, and by how much that may be wrong. */
  brokerClock: {aheadMs: number; uncertainMs: number}
  /** What the account uses, and may; limits that are absent are unlimited. */
  jetStream: {storage: number; storageLimit?: number; streams: number; streamLimit?: number} | 'not told'
  /** Under which name the broker took us, and whether this login may do what nothing of pdist needs to. */
  brokerLogin: {clientName: string; mayDeleteStreams: boolean; ofSecondary: boolean}
}

export interface StreamFacts {
  streams: readonly StreamFact[]
  consumers: readonly ConsumerFact[]
  mirrors: readonly MirrorFact[]
}

/** A stream as it is, compared with how `pdist broker setup` would make it. */
export interface StreamFact {
  name: string
  state: 'as wanted' | 'differs' | 'missing'
  /** The settings that differ. */
  settings: Readonly<Record<string, {from: unknown; to: unknown}>>
  messages: number
  bytes: number
  /** Undefined: unlimited. */
  maxBytes?: number
  replicas: number
  /** Absent on a single server. */
  cluster?: {leader?: string; lagging: readonly string[]; offline: readonly string[]}
}

/** A durable consumer: the broker remembers what its reader has not settled. */
export interface ConsumerFact {
  stream: string
  name: string
  /** Whose it is; `stranger` has a name that pdist gives to none. */
  reader: {kind: 'zone-providers'} | {kind: 'secondary'; secondary: string} | {kind: 'stranger'}
  /** Not delivered yet. */
  pending: number
  /** Delivered, and not settled yet. */
  unsettled: number
  /** Whether somebody asks for messages at this moment. */
  read: boolean
}

/** A mirror of the zone store that some secondary reads. */
export interface MirrorFact {
  stream: string
  /** `older`: of a store that is gone. `empty`: it never began. */
  state: 'missing' | 'older' | 'empty' | 'follows'
  /** Revisions that it has not got yet. */
  behind: number
  readers: readonly string[]
}

export interface DaemonFacts {
  /** This pdist's own version. */
  pdist: {version: string}
  daemons: readonly DaemonFact[]
}

/** A daemon that answered the roll call. */
export interface DaemonFact {
  daemon: DaemonRole
  /** Of a syncer: its secondary. */
  secondary?: string
  host: string
  pid: number
  pdist: string
  ready: boolean
  missing: readonly string[]
  leads: boolean
  /** Milliseconds by which its clock is ahead of ours. */
  clockAheadMs: number
}

export interface SecondaryFacts {
  heartbeats: readonly HeartbeatFact[]
  /** `syncer.heartbeat` and `health_checker.inactive_after` as configured here. */
  heartbeatTimes: {everyMs: number; inactiveAfterMs: number}
}

/** The last heartbeat of one secondary. */
export interface HeartbeatFact {
  secondary: string
  /** By the broker's clock. */
  ageMs: number
  state: 'starting' | 'ok' | 'warning'
  powerdns: string
  warnings: readonly string[]
  problemCount: number
}

export interface PrimaryFacts {
  primaryServer: {version: string; apiUrl: string}
  primarySettings: Settings
  /** All of its zones. */
  primaryZones: ReadonlyArray<{zone: ZoneName; signed: boolean}>
  /** A zone that was transferred as the zone-provider does it. */
  primaryTransfer: {zone: string; records: number; ms: number; signed: boolean} | 'no zones'
  /** What the primary answers to a question for a zone's SOA over UDP. */
  primaryDns: {zone: string; served: boolean} | 'no zones'
  /** Signed zones that deny with narrow NSEC3; `looked` of `signed` were asked about. */
  narrowZones: {signed: number; looked: number; narrow: readonly string[]}
  /** Views of PowerDNS 5.0 and newer, by name; undefined where there is no such thing. */
  primaryViews: readonly string[] | undefined
  /** `zone_provider.notify_listen`, as PowerDNS writes addresses; one for all addresses listens at any. */
  notifyListen: ReadonlyArray<{address: string; port: number; wildcard: boolean}>
}

/** Of the secondary on this machine. */
export interface LocalFacts {
  localServer: {version: string; apiUrl: string}
  localSettings: Settings
  /** Whether anything answers DNS there. */
  localDns: {address: string}
  /** Of the zones in the store. */
  storedZones: ReadonlyArray<{zone: string; records: number; bytes: number}>
}

export interface PortFacts {
  ports: readonly PortFact[]
}

/** An address at which a daemon of this machine listens, or shall. */
export interface PortFact {
  /** `api_proxy.listen` */
  key: string
  daemon: DaemonRole
  address: string
  /** Whether the configuration here says so; else it is the default, and the daemon may have other files. */
  given: boolean
  /** Whether this daemon is connected to the broker from this host; absent where nobody knows. */
  runsHere?: boolean
  state: 'answers' | 'free' | 'cannot be listened to'
  /** Why it cannot be listened to. */
  reason?: string
}

export interface ProbeFacts {
  /** What came of having one zone looked at, transferred and proved again by everybody. */
  probe: {
    zone: string
    provision: string
    error?: ErrorReport
    secondaries: ReadonlyArray<{secondary: string; state: string; ms?: number; error?: ErrorReport}>
  }
}

/** Everything that checks are about, by name; each is gathered when the first check asks for it. */
export interface Facts
  extends MachineFacts,
    BrokerFacts,
    StreamFacts,
    DaemonFacts,
    SecondaryFacts,
    PrimaryFacts,
    LocalFacts,
    PortFacts,
    ProbeFacts {}

export type FactName = keyof Facts
