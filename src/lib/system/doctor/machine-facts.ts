import {zoneName} from '../../dns/name.js'
import {preparePush} from '../push.js'
import type {DoctorContext} from './context.js'
import {AbsentFact, type Gatherers} from './fact-book.js'
import {lookAtCertificates, lookAtFiles, lookAtState} from './files.js'
import {lookAtPorts} from './ports.js'

type Names =
  | 'node'
  | 'pdist'
  | 'configuration'
  | 'files'
  | 'stateDirectory'
  | 'certificates'
  | 'ports'
  | 'probe'

/** What this machine has, and what comes of a change. */
export const machineFacts: Pick<Gatherers<DoctorContext>, Names> = {
  node: {needs: [], gather: async () => ({version: process.version})},
  pdist: {needs: [], gather: async ({input}) => ({version: input.pdist})},
  configuration: {
    needs: [],
    gather: async ({input: {reading}}) => ({
      mistakes: reading.mistakes,
      ...(reading.file === undefined ? {} : {file: reading.file}),
    }),
  },
  files: {needs: [], gather: (context) => lookAtFiles(context)},
  stateDirectory: {
    needs: [],
    gather: async (context) => {
      const {directory} = context.config.state
      if (context.has('primary') || context.has('secondary')) return lookAtState(directory)
      throw new AbsentFact('no daemon of this machine keeps anything')
    },
  },
  certificates: {needs: [], gather: (context) => lookAtCertificates(context)},
  ports: {
    needs: [],
    gather: async (context, signal, book) => {
      const daemons = await book.look('daemons')
      return lookAtPorts(context, daemons.state === 'known' ? daemons.value : undefined, signal)
    },
  },
  probe: {
    needs: ['heartbeats'],
    gather: async ({input: {probe, probeTimeoutMs}, system}, signal) => {
      if (probe === undefined) throw new AbsentFact('no zone was named')
      const {push} = await preparePush(system, signal)
      // Nothing is changed by it, and nothing that is gone is taken away.
      return push(zoneName(probe), {waitFor: 'all', timeoutMs: probeTimeoutMs, acceptLoss: false, signal})
    },
  },
}
