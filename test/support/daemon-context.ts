import {Lifecycle} from '../../src/daemons/lifecycle.js'
import type {DaemonContext} from '../../src/daemons/runner.js'
import {loadConfig} from '../../src/lib/config/load.js'
import type {Config} from '../../src/lib/config/schema.js'
import type {LogFields, Logger} from '../../src/lib/logger.js'
import {Metrics} from '../../src/lib/metrics/metrics.js'
import {Readiness} from '../../src/lib/metrics/readiness.js'

/** What the runner gives a daemon, without a process around it. */
export class TestContext implements DaemonContext<Config>, AsyncDisposable {
  readonly config: Config
  readonly metrics: Metrics
  readonly readiness = new Readiness()
  readonly lifecycle = new Lifecycle()
  /** Every logged event, in order. */
  readonly events: LogFields[] = []
  readonly log: Logger

  private constructor(daemon: string, config: Config) {
    this.config = config
    this.metrics = new Metrics(daemon)
    const record = (fields: LogFields) => void this.events.push(fields)
    this.log = {
      debug: record,
      info: record,
      warn: record,
      error: record,
      fatal: record,
      child: () => this.log,
    }
  }

  /** `env` is the whole environment, as `PDIST_…`. */
  static async open(daemon: string, env: Readonly<Record<string, string>> = {}): Promise<TestContext> {
    return new TestContext(daemon, await loadConfig({file: '/dev/null', env}))
  }

  get signal(): AbortSignal {
    return this.lifecycle.signal
  }

  defer(...parameters: Parameters<Lifecycle['defer']>): void {
    this.lifecycle.defer(...parameters)
  }

  background(...parameters: Parameters<Lifecycle['background']>): void {
    this.lifecycle.background(...parameters)
  }

  /** The lines of the metrics whose names begin so, without labels that are the same everywhere. */
  async shown(prefix: string): Promise<string[]> {
    const {text} = await this.metrics.scrape()
    const lines = text.split('\n').filter((line) => line.startsWith(prefix))
    return lines.map((line) => line.replace(/,?daemon="[^"]*"/, '').replace('{}', ''))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures = await this.lifecycle.close(new AbortController().signal)
    if (failures.length > 0) throw new AggregateError(failures.map(({error}) => error))
  }
}
