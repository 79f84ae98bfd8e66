import {isLoopback} from '../../broker/connection.js'
import {
  accountUse,
  brokerClock,
  inspectConsumers,
  inspectStreams,
  mayDeleteStreams,
} from '../../broker/inspection.js'
import {serverCertificate} from '../../broker/server-certificate.js'
import {topologyOptions} from '../broker-options.js'
import {mirrorsOf} from '../mirrors.js'
import type {DoctorContext} from './context.js'
import {AbsentFact, type Gatherers} from './fact-book.js'

type Names =
  | 'broker'
  | 'brokerCertificate'
  | 'brokerClock'
  | 'jetStream'
  | 'brokerLogin'
  | 'streams'
  | 'consumers'
  | 'mirrors'
  | 'daemons'
  | 'heartbeats'
  | 'heartbeatTimes'
  | 'storedZones'

/** Everything that the broker tells. */
export const brokerFacts: Pick<Gatherers<DoctorContext>, Names> = {
  broker: {
    needs: [],
    gather: async (context) => {
      const {broker} = (await context.open()).system
      const server = broker.nc.getServer()
      const {tls_required = false, tls_available = false, max_payload = 0} = broker.nc.info ?? {}
      return {
        server,
        version: broker.serverVersion,
        local: isLoopback(`nats://${server}`),
        // The client takes TLS wherever it is offered.
        encrypted: tls_required || tls_available,
        maxPayload: max_payload,
        inlineBytes: context.config.zoneProvider.inlineBytes,
      }
    },
  },
  brokerCertificate: {
    needs: ['broker'],
    gather: async ({system, config}, signal, book) => {
      const fact = await book.look('broker')
      if (fact.state !== 'known' || !fact.value.encrypted) throw new AbsentFact('the connection uses no TLS')
      const {certFile, keyFile} = config.broker
      const times = await serverCertificate({server: system.broker.nc.getServer(), certFile, keyFile}, signal)
      return {...times, now: Date.now()}
    },
  },
  brokerClock: {needs: ['jetStream'], gather: ({system}) => brokerClock(system.broker)},
  jetStream: {needs: ['broker'], gather: async ({system}) => (await accountUse(system.broker)) ?? 'not told'},
  brokerLogin: {
    needs: ['jetStream'],
    gather: async (context) => {
      const {system, clientName} = await context.open()
      return {
        clientName,
        mayDeleteStreams: await mayDeleteStreams(system.broker),
        ofSecondary: context.isSecondaryAlone,
      }
    },
  },
  streams: {
    needs: ['jetStream'],
    gather: ({system, config}) => inspectStreams(system.broker, topologyOptions(config.broker)),
  },
  consumers: {needs: ['jetStream'], gather: ({system}) => inspectConsumers(system.broker)},
  mirrors: {
    needs: ['heartbeats'],
    gather: async ({system}, signal) => mirrorsOf(system.broker, await system.secondaries(signal)),
  },
  daemons: {needs: ['broker'], gather: ({system}) => system.daemons()},
  heartbeats: {needs: ['jetStream'], gather: ({system}, signal) => system.secondaries(signal)},
  heartbeatTimes: {
    needs: [],
    gather: async ({config}) => ({
      everyMs: config.syncer.heartbeat,
      inactiveAfterMs: config.healthChecker.inactiveAfter,
    }),
  },
  storedZones: {
    needs: ['jetStream'],
    gather: async ({system}, signal) => {
      const zones: Array<{zone: string; records: number; bytes: number}> = []
      for await (const state of system.states(signal)) {
        if (state.kind === 'version')
          zones.push({zone: state.zone, records: state.records, bytes: state.bytes})
      }
      return zones
    },
  },
}
