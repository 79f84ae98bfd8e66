import {type DaemonConfig, type DaemonContext, runDaemon} from '../../src/daemons/runner.js'
import {aborted, sleep} from '../../src/lib/async/abort.js'
import {PdistError, reportOf} from '../../src/lib/errors.js'

// A daemon for the tests of the runner: how it behaves is its argument, and how long its stop may take.
const [behaviour = '', stopWithinMs = '10000'] = process.argv.slice(2)

class NoLuckError extends PdistError {
  readonly code = 'PDIST_NO_LUCK'
}

type Context = DaemonContext<DaemonConfig>

const starts: Readonly<Record<string, (context: Context) => Promise<void>>> = {
  async working(context) {
    context.readiness.expect('broker')
    context.defer('broker', () => context.log.info({event: 'closed', what: 'broker'}, 'closed'))
    context.background('loop', async (signal) => {
      await aborted(signal)
      await sleep(50)
      context.log.info({event: 'closed', what: 'loop'}, 'closed')
    })
    context.readiness.set('broker', true)
  },
  async waiting({signal, log}) {
    log.info({event: 'waiting'}, 'waiting')
    await sleep(3_600_000, signal)
  },
  async deaf({log}) {
    log.info({event: 'waiting'}, 'waiting')
    await new Promise(() => {})
  },
  async stuck(context) {
    context.defer('broker', () => {})
    context.defer('zones in flight', () => new Promise(() => {}))
  },
  async slow(context) {
    // Gives up what it waits for at the deadline, as asked.
    context.defer('zones in flight', aborted)
  },
  async failing(context) {
    context.defer('broker', () => context.log.info({event: 'closed', what: 'broker'}, 'closed'))
    throw new NoLuckError('no luck today', {hints: ['Try tomorrow']})
  },
  async unclosable(context) {
    context.defer('broker', () => context.log.info({event: 'closed', what: 'broker'}, 'closed'))
    context.defer('journal', () => Promise.reject(new NoLuckError('disk full')))
  },
  async lateOpener(context) {
    context.log.info({event: 'waiting'}, 'waiting')
    await aborted(context.signal)
    context.defer('late', () => context.log.info({event: 'closed', what: 'late'}, 'closed'))
  },
  async loopFails(context) {
    context.defer('broker', () => context.log.info({event: 'closed', what: 'broker'}, 'closed'))
    context.background('loop', () => Promise.reject(new NoLuckError('lost it')))
  },
  async loopEnds(context) {
    context.background('loop', async () => {})
  },
  async crash() {
    setImmediate(() => {
      throw new NoLuckError('a bug')
    })
  },
  async rejection() {
    void Promise.reject(new NoLuckError('a forgotten promise'))
  },
}

const start = starts[behaviour]
if (!start) throw new Error(`no such behaviour: ${behaviour}`)
const config: DaemonConfig = {
  log: {level: 'info', format: 'json'},
  metrics: {listen: {host: '::1', port: 0}},
}
try {
  const code = await runDaemon({
    name: 'test',
    version: '0.0.0',
    config,
    start,
    stopWithinMs: Number(stopWithinMs),
  })
  process.exit(code)
} catch (error) {
  process.stderr.write(`${reportOf(error).code}\n`)
  process.exit(1)
}
