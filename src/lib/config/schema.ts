import {defaultingTo, type Keys, optional, required, type SectionsOf, withDefault} from './keys.js'
import {
  base64Secret,
  boolean,
  choice,
  decimal,
  duration,
  integer,
  label,
  listenAddress,
  listOf,
  network,
  optionalListenAddress,
  path,
  prefix,
  secret,
  serverAddress,
  size,
  text,
} from './kinds.js'
import {notifyKeys} from './notify-keys.js'
import {signatureKeys} from './signature-keys.js'
import {signingKeys} from './signing-keys.js'
import {apiUrl, brokerUrl} from './urls.js'

const tsigAlgorithm = choice('hmac-sha256', 'hmac-sha384', 'hmac-sha512')

/**
 * Every key there is, with its default and its description: the one list from which the file, the
 * environment variables (`PDIST_<SECTION>_<KEY>`), the types and the reference are made.
 */
export const sections = {
  broker: {
    servers: withDefault(listOf(brokerUrl), ['nats://[::1]:4222'], 'The NATS servers, any of which will do'),
    prefix: withDefault(prefix, 'pdist', 'What the names of all streams, buckets and subjects begin with'),
    domain: optional(
      label,
      'The JetStream domain that has all of it, where that is not the domain of these servers',
    ),
    replicas: withDefault(choice(1, 3, 5), 1, 'On how many NATS servers everything is kept'),
    events_kept: withDefault(duration('1m', '3650d'), '14d', 'How long events are kept'),
    tombstones_kept: withDefault(
      duration('1m', '3650d'),
      '30d',
      'How long it is kept that a zone was deleted',
    ),
    user: optional(text, 'The user to log in as'),
    password: optional(secret, "The user's password"),
    token: optional(secret, 'A token to log in with, instead of a user'),
    creds_file: optional(path, 'A NATS credentials file to log in with'),
    nkey_file: optional(path, 'A file with an nkey seed to log in with'),
    ca_file: optional(path, 'The certificates that the servers are checked against (PEM)'),
    cert_file: optional(path, 'The certificate that is shown to the servers (PEM)'),
    key_file: optional(path, 'The private key of that certificate (PEM)'),
    insecure: withDefault(
      boolean,
      false,
      'Allow a connection without TLS to a server that is not on this machine',
    ),
    request_timeout: withDefault(
      duration('100ms', '5m'),
      '5s',
      'How long one request to the broker may take',
    ),
  },
  primary: {
    api_url: required(apiUrl, "The primary's PowerDNS API, without a path"),
    api_key: required(secret, 'The key of that API'),
    server_id: withDefault(text, 'localhost', 'The id of the server in that API'),
    dns: withDefault(serverAddress, '[::1]:53', 'Where it answers DNS and zone transfers'),
    tsig_name: optional(text, 'The name of the TSIG key for zone transfers from it'),
    tsig_algorithm: withDefault(tsigAlgorithm, 'hmac-sha256', "The TSIG key's algorithm"),
    tsig_secret: optional(base64Secret, "The TSIG key's secret, in base64"),
  },
  api_proxy: {
    listen: withDefault(
      listOf(listenAddress({anyPort: true})),
      ['[::]:8443'],
      'Where API clients connect, by HTTPS',
    ),
    cert_file: optional(path, 'Its certificate (PEM); without one, a self-signed one is made and kept'),
    key_file: optional(path, 'The private key of that certificate (PEM)'),
    allow_from: withDefault(
      listOf(network),
      ['0.0.0.0/0', '::/0'],
      'The networks of API clients; whoever connects from elsewhere is cut off before TLS',
    ),
    publish_within: withDefault(
      duration('0s', '1m'),
      '1s',
      "How long a client's answer may wait until the broker has the event; it is delivered later otherwise",
    ),
    changes_at_once: optional(
      integer(1, 1_000),
      'How many changes PowerDNS is given at once, while others wait their turn; unset, one where it keeps its zones in SQLite, else all that come',
    ),
    max_connections: withDefault(
      integer(1, 100_000),
      1_000,
      'How many client connections there may be at once',
    ),
    max_waiting: withDefault(
      integer(0, 100_000),
      500,
      'How many answers may be held back at once until their changes are proved (`Pdist-Wait`)',
    ),
    request_timeout: withDefault(
      duration('1s', '1h'),
      '5m',
      'How long a client may take to send one request',
    ),
  },
  zone_provider: {
    concurrency: withDefault(integer(1, 256), 8, 'How many zones are transferred at once'),
    transfer_start: withDefault(
      duration('100ms', '1h'),
      '2m',
      'How long the primary may collect a zone before it sends more of it than the SOA',
    ),
    transfer_idle: withDefault(duration('100ms', '10m'), '10s', 'How long a transfer may stand still'),
    transfer_total: withDefault(duration('1s', '1h'), '5m', 'How long a transfer may take'),
    transfer_bytes: withDefault(
      size('64KiB', '16GiB'),
      '1GiB',
      'The largest zone that is taken, as transferred',
    ),
    transfer_records: withDefault(
      integer(100, 1_000_000_000),
      20_000_000,
      'The most records a zone may have',
    ),
    inline_bytes: withDefault(
      size('1KiB', '768KiB'),
      '128KiB',
      'Up to which packed size a zone travels in one message; larger ones go to the object store',
    ),
    zonemd: withDefault(
      choice('off', 'verify', 'require'),
      'verify',
      'Digests in zones (ZONEMD, RFC 8976): `verify` keeps out a zone whose digest is wrong, `require` also one without',
    ),
    expired_signatures: withDefault(
      choice('refuse', 'accept'),
      'refuse',
      'Whether a zone in which any signature has expired is kept out, or distributed all the same',
    ),
    ...notifyKeys,
    compare: withDefault(
      duration('1s', '1d'),
      '60s',
      'How often the serials of all zones are compared with the store, for changes that bypass the API',
    ),
  },
  secondary: {
    name: required(label, "The secondary's name, unique among all"),
    api_url: required(apiUrl, 'The local PowerDNS API, without a path'),
    api_key: required(secret, 'The key of that API'),
    server_id: withDefault(text, 'localhost', 'The id of the server in that API'),
    dns: withDefault(serverAddress, '[::1]:53', 'Where it answers DNS'),
    listen: withDefault(
      listOf(listenAddress({anyPort: false})),
      ['[::1]:20102'],
      'Where the local PowerDNS fetches its zones from the syncer',
    ),
    masters: defaultingTo(
      listOf(listenAddress({anyPort: false})),
      'listen',
      'What the local PowerDNS is told to transfer from, and by which its zones are known as ours',
    ),
    allow: withDefault(listOf(network), ['127.0.0.0/8', '::1'], 'Who may transfer zones from the syncer'),
    tsig_name: optional(text, 'The name of the TSIG key that transfers from the syncer need'),
    tsig_algorithm: withDefault(tsigAlgorithm, 'hmac-sha256', "The TSIG key's algorithm"),
    tsig_secret: optional(base64Secret, "The TSIG key's secret, in base64"),
  },
  syncer: {
    heartbeat: withDefault(duration('100ms', '10m'), '10s', 'The time between two heartbeats'),
    small_transfers: withDefault(
      integer(1, 256),
      8,
      'How many small zones are brought up to date at once; of those that nobody waits for, half as many as there are cores while changes come',
    ),
    mirror: optional(
      label,
      'The mirror of the zone store that zones are read from (`pdist broker setup --mirror`); without, the store',
    ),
    large_transfers: withDefault(integer(1, 64), 1, 'How many large zones are brought up to date at once'),
    large_records: withDefault(integer(1, 1_000_000_000), 2_000, 'From how many records on a zone is large'),
    retry_max: withDefault(
      duration('1s', '1h'),
      '1m',
      'The longest wait before a failed zone is tried again',
    ),
    list_every: withDefault(
      duration('100ms', '1h'),
      '10s',
      'How often the list of the local zones is compared with what was proved',
    ),
    survey_every: withDefault(
      duration('100ms', '1d'),
      '1m',
      'Within which time every zone is asked for by DNS again; at most a twentieth of the time is spent on it',
    ),
    verify_every: withDefault(
      duration('100ms', '365d'),
      '1h',
      'Within which time all records of every zone are compared with the store, under the same condition',
    ),
    signature_warning: withDefault(
      duration('1m', '60d'),
      '2d',
      'How long before their end signatures that are served are warned about',
    ),
    load_warning: withDefault(decimal(0.1, 1_000), 2, 'The load average per core that is warned about'),
    memory_warning: withDefault(
      decimal(0, 1),
      0.05,
      'The share of all memory that must be available; less is warned about',
    ),
    disk_warning: withDefault(decimal(0, 1), 0.05, 'The share of a disk that must be free'),
    watch_disk: withDefault(
      listOf(path),
      ['/var/lib/powerdns'],
      'Paths whose disks are watched, where they are there; that of `state.directory` always is',
    ),
    amend: withDefault(
      boolean,
      true,
      'Whether what changed in an unsigned zone, or a small new one, is written into PowerDNS where that comes to the same as a transfer',
    ),
    cache_bytes: withDefault(
      size('1MiB', '16GiB'),
      '64MiB',
      'How much of the zones is kept at hand in memory',
    ),
  },
  health_checker: {
    confirm_within: withDefault(
      duration('100ms', '1h'),
      '20s',
      'How long a secondary may take to confirm a zone before it is sent again',
    ),
    compare_every: withDefault(
      duration('100ms', '30d'),
      '15m',
      'How often every secondary is compared with the zone store',
    ),
    inactive_after: withDefault(
      duration('100ms', '1d'),
      '30s',
      'The age of the last heartbeat from which on a secondary is inactive',
    ),
    load_warning: withDefault(decimal(0.1, 1_000), 2, 'The load average per core that is warned about'),
    ...signatureKeys,
  },
  guard: {
    deletions: withDefault(
      integer(0, 1_000_000_000),
      10,
      'How many zones comparisons may delete within an hour; what would delete more waits for `pdist plan approve`',
    ),
    deletion_share: withDefault(decimal(0, 1), 0.1, 'Or which share of all zones, if that is more'),
    records: withDefault(
      integer(0, 1_000_000_000),
      20,
      'Zones of more records than this are kept from losses',
    ),
    record_loss_share: withDefault(
      decimal(0, 1),
      0.5,
      'Which share of its records a zone may lose by a change that did not come through the API',
    ),
    exempt: withDefault(listOf(text, {mayBeEmpty: true}), [], 'Zones that are never held'),
  },
  signing: signingKeys,
  state: {
    directory: withDefault(path, '/var/lib/pdist', 'Where a daemon keeps what must survive a restart'),
  },
  log: {
    level: withDefault(
      choice('debug', 'info', 'warn', 'error', 'fatal', 'silent'),
      'info',
      'The least level that is logged',
    ),
    format: withDefault(
      choice('auto', 'json', 'text'),
      'auto',
      '`auto` is `text` on a terminal, else `json`',
    ),
  },
  metrics: {
    listen: withDefault(
      optionalListenAddress,
      '',
      'Where `/metrics`, `/healthz` and `/readyz` are served; empty for nowhere, port 0 for any free port',
    ),
  },
} as const satisfies Readonly<Record<string, Keys>>

export type SectionName = keyof typeof sections

type Complete = SectionsOf<typeof sections>
/** They have keys without a default, so they are sure to be there only where a role needs them. */
export type DemandingSection = 'primary' | 'secondary'

/** The typed, frozen configuration. Durations are milliseconds, sizes bytes, addresses `{host, port}`. */
export type Config = Omit<Complete, DemandingSection> & Partial<Pick<Complete, DemandingSection>>
export type ConfigWith<N extends DemandingSection> = Config & Pick<Complete, N>

export type BrokerConfig = Complete['broker']
export type PrimaryConfig = Complete['primary']
export type SecondaryConfig = Complete['secondary']
