import type {BrokerNames} from './names.js'

/** Who connects to the broker. The daemons on the primary are one role. */
export type BrokerRole = {kind: 'primary'} | {kind: 'operator'} | {kind: 'secondary'; name: string}

/** What a role may publish and subscribe to in NATS; everything else is denied. */
export interface Permissions {
  publish: string[]
  subscribe: string[]
  /** Whether it may answer what it was asked on a subject that it is subscribed to. */
  responds: boolean
}

/** The names by which the roles' clients connect: their inboxes begin with them. */
const PRIMARY_CLIENTS = ['api-proxy', 'zone-provider', 'health-checker'] as const

/** The least that a role needs, with the mirrors of the zone store that there are. */
export function permissionsOf(
  names: BrokerNames,
  role: BrokerRole,
  mirrors: readonly string[] = [],
): Permissions {
  const permissions = permissionsHere(names, role, mirrors)
  const publish = permissions.publish.flatMap((subject) => [subject, ...inDomain(names, subject)])
  return {...permissions, publish: [...new Set(publish)]}
}

function permissionsHere(names: BrokerNames, role: BrokerRole, mirrors: readonly string[]): Permissions {
  const streams = mirrors.map((mirror) => names.mirrorStream(mirror))
  switch (role.kind) {
    case 'primary':
      return withMirrors(primary(names), streams)
    case 'operator':
      return withMirrors(operator(names), streams)
    case 'secondary':
      return secondary(names, role.name, streams)
  }
}

/** Whoever makes consumers does so for mirrors as well, in whatever domain those are. */
function withMirrors(permissions: Permissions, streams: readonly string[]): Permissions {
  const here = streams.flatMap((stream) => [...managing(stream), ...reading(stream), ...consuming(stream)])
  const elsewhere = here
    .filter((subject) => subject.startsWith(API))
    .map((subject) => `$JS.*${subject.slice(3)}`)
  return {...permissions, publish: [...permissions.publish, ...here, ...elsewhere]}
}

/** What reaches the same streams from a server whose domain is another. */
function inDomain(names: BrokerNames, subject: string): string[] {
  if (names.domain === undefined) return []
  if (subject.startsWith(`${API}.`)) return [`$JS.${names.domain}${subject.slice(3)}`]
  return subject.startsWith('$KV.') ? [names.toBucket(subject)] : []
}

export function inboxPrefix(clientName: string): string {
  return `_INBOX_${clientName.replace(/[^A-Za-z0-9-]/g, '-')}`
}

function primary(names: BrokerNames): Permissions {
  return {
    publish: [
      ...allStreams(names).flatMap((stream) => [
        ...managing(stream),
        `${API}.STREAM.PURGE.${stream}`,
        ...reading(stream),
        ...consuming(stream),
      ]),
      names.event('*', '>'),
      names.provided('>'),
      names.announced('>'),
      names.zone('>'),
      `$O.${names.largeBucket}.>`,
      names.plan('*'),
      names.compared('*'),
      names.lease('health-checker'),
      names.lease('zone-provider'),
      names.command('*'),
    ],
    subscribe: [
      ...PRIMARY_CLIENTS.map((client) => `${inboxPrefix(client)}.>`),
      names.receipt('*', '>'),
      names.provided('>'),
      names.rollCall,
    ],
    responds: true,
  }
}

/** Looks at everything, and asks others to do what is to be done; but no zone is written or removed by it. */
function operator(names: BrokerNames): Permissions {
  const tidied = [names.controlStream, names.secondaryStream, names.leaseStream]
  return {
    publish: [
      ...tidied.map((stream) => `${API}.STREAM.PURGE.${stream}`),
      ...allStreams(names).flatMap((stream) => [
        ...managing(stream),
        ...reading(stream),
        ...consuming(stream),
      ]),
      `${API}.INFO`,
      names.event('refresh', '>'),
      names.plan('*'),
      names.paused('*'),
      names.command('*'),
      names.rollCall,
    ],
    subscribe: [`${inboxPrefix('operator')}.>`, names.receipt('*', '>'), names.provided('>')],
    responds: false,
  }
}

/**
 * Reads zones, and speaks for itself only. It makes no consumer, not even its own: whoever makes one may have it deliver to any
 * subject, and so write where he must not.
 */
function secondary(names: BrokerNames, name: string, mirrors: readonly string[]): Permissions {
  const consumer = names.syncerConsumer(name)
  const lease = names.lease(`syncer-${name}`)
  const paused = names.paused(name)
  return {
    publish: [
      ...[names.zoneStream, ...mirrors].flatMap((stream) => [
        `${API}.STREAM.INFO.${stream}`,
        `${API}.CONSUMER.INFO.${stream}.${consumer}`,
        `${API}.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
        `$JS.ACK.${stream}.${consumer}.>`,
        ...reading(stream),
      ]),
      ...reading(names.largeStream),
      `${API}.DIRECT.GET.${names.leaseStream}.${lease}`,
      lease,
      `${API}.DIRECT.GET.${names.controlStream}.${paused}`,
      // To end what has its time, and to write again what the broker lost.
      paused,
      names.secondary(name),
      names.receipt(name, '>'),
    ],
    subscribe: [
      `${inboxPrefix(`syncer-${name}`)}.>`,
      names.command(name),
      paused,
      // What changed nothing is proved anew, too.
      names.provided('>'),
      names.announced('>'),
      names.rollCall,
    ],
    responds: true,
  }
}

const API = '$JS.API'

function allStreams(names: BrokerNames): string[] {
  return [
    names.eventStream,
    names.historyStream,
    names.zoneStream,
    names.largeStream,
    names.secondaryStream,
    names.controlStream,
    names.leaseStream,
  ]
}

/** Not to delete them: nobody but the administrator of the broker needs that. */
function managing(stream: string): string[] {
  return ['INFO', 'CREATE', 'UPDATE'].map((verb) => `${API}.STREAM.${verb}.${stream}`)
}

function reading(stream: string): string[] {
  return [`${API}.DIRECT.GET.${stream}`, `${API}.DIRECT.GET.${stream}.>`]
}

function consuming(stream: string): string[] {
  return [
    `${API}.CONSUMER.CREATE.${stream}`,
    `${API}.CONSUMER.LIST.${stream}`,
    `${API}.CONSUMER.NAMES.${stream}`,
    ...['CREATE', 'INFO', 'DELETE', 'MSG.NEXT'].map((verb) => `${API}.CONSUMER.${verb}.${stream}.>`),
    `$JS.ACK.${stream}.>`,
    `$JS.FC.${stream}.>`,
  ]
}
