import {connect, createServer, isIPv6} from 'node:net'
import {hostname} from 'node:os'
import {withTimeout} from '../../async/abort.js'
import {type Address, formatAddress, isWildcard} from '../../config/address.js'
import type {DaemonFact, PortFact} from '../../doctor/facts.js'
import type {DoctorContext} from './context.js'

const CONNECT_MS = 2_000

type Place = Omit<PortFact, 'state' | 'reason' | 'address' | 'runsHere'> & {listen: Address}

/** Where the daemons of this machine listen, or shall; `daemons` are those that are connected, if that is known. */
export async function lookAtPorts(
  context: DoctorContext,
  daemons: readonly DaemonFact[] | undefined,
  signal: AbortSignal,
): Promise<PortFact[]> {
  const here = daemons?.filter(({host}) => host === hostname()).map(({daemon}) => daemon)
  return Promise.all(
    placesOf(context).map(async ({listen, ...place}) => ({
      ...place,
      address: formatAddress(listen),
      ...(here ? {runsHere: here.includes(place.daemon)} : {}),
      ...(await stateOf(listen, signal)),
    })),
  )
}

function placesOf({input, config}: DoctorContext): Place[] {
  const {apiProxy, zoneProvider, secondary} = config
  const isGiven = (section: string, key: string) =>
    input.reading.settings.some(
      (setting) => setting.section === section && setting.key === key && setting.source !== 'default',
    )
  const places = (key: string, daemon: PortFact['daemon'], addresses: readonly Address[]) => {
    const [section = '', name = ''] = key.split('.')
    return addresses.map((listen) => ({key, daemon, listen, given: isGiven(section, name)}))
  }
  return [
    ...(input.roles.includes('primary')
      ? [
          ...places('api_proxy.listen', 'api-proxy', apiProxy.listen),
          ...places('zone_provider.notify_listen', 'zone-provider', zoneProvider.notifyListen),
        ]
      : []),
    ...(input.roles.includes('secondary')
      ? places('secondary.listen', 'syncer', secondary?.listen ?? [])
      : []),
  ].filter(({listen: {port}}) => port > 0)
}

async function stateOf(listen: Address, signal: AbortSignal): Promise<Pick<PortFact, 'state' | 'reason'>> {
  if (await answers(reachable(listen), signal)) return {state: 'answers'}
  const reason = await whyNot(listen)
  return reason === undefined ? {state: 'free'} : {state: 'cannot be listened to', reason}
}

/** Who listens at all addresses is met at the one of loopback. */
function reachable(listen: Address): Address {
  if (!isWildcard(listen)) return listen
  return {host: isIPv6(listen.host) ? '::1' : '127.0.0.1', port: listen.port}
}

async function answers(address: Address, signal: AbortSignal): Promise<boolean> {
  const socket = connect(address)
  const {promise, resolve} = Promise.withResolvers<boolean>()
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  try {
    return await withTimeout(CONNECT_MS, signal, (bounded) => {
      bounded.addEventListener('abort', () => resolve(false), {once: true})
      return promise
    })
  } finally {
    socket.destroy()
  }
}

/** The code of the error with which nobody can listen there; undefined where somebody can. */
async function whyNot(address: Address): Promise<string | undefined> {
  const server = createServer()
  const {promise, resolve} = Promise.withResolvers<string | undefined>()
  server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  server.listen({...address, exclusive: true}, () => server.close(() => resolve(undefined)))
  return promise
}
