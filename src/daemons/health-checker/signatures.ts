import {sleep} from '../../lib/async/abort.js'
import type {Config} from '../../lib/config/schema.js'
import {Alarm} from '../../lib/sync/watch/alarm.js'
import type {SignatureSummary, SignatureWatch} from '../../lib/sync/watch/signatures.js'
import type {DaemonContext} from '../runner.js'

const LOOK_EVERY_MS = 10_000
const NOT_READY_MS = 200

export interface SignatureParts {
  signatures: SignatureWatch
  /** Whether everything that is in the store was seen. */
  store: {readonly complete: boolean}
}

/** Warns before signatures in the store expire, and counts them. */
export class SignatureAlarms {
  readonly #context: DaemonContext<Config>
  readonly #parts: SignatureParts
  readonly #expiring = new Alarm()
  readonly #expired = new Alarm()

  constructor(context: DaemonContext<Config>, parts: SignatureParts) {
    this.#context = context
    this.#parts = parts
    context.metrics.set('signaturesSoonest', Number.POSITIVE_INFINITY)
    context.metrics.beforeScrape(() => this.#show())
  }

  /** Logs alarms, which one instance should do alone; resolves when aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const {complete} = this.#parts.store
      if (complete) this.#look()
      await sleep(complete ? LOOK_EVERY_MS : NOT_READY_MS, signal).catch(() => undefined)
    }
  }

  #look(): void {
    const {expiring, expired, soonest} = this.#summary()
    const warning = this.#warning()
    const gone = soonest.filter(({left}) => left <= 0)
    const soon = soonest.filter(({left}) => left > 0 && left < warning)
    this.#tell(this.#expired, 'signatures.expired', expired, gone)
    this.#tell(this.#expiring, 'signatures.expiring', expiring, soon)
  }

  /** `zones`: the first of `count`, none where others are worse. */
  #tell(alarm: Alarm, event: string, count: number, zones: SignatureSummary['soonest']): void {
    const {log} = this.#context
    const change = alarm.look(count, performance.now())
    if (change === 'raise') log.error({event, count, zones}, 'signatures need attention')
    else if (change === 'clear') log.info({event: `${event}.over`}, 'no such signatures any more')
  }

  #summary(): SignatureSummary {
    return this.#parts.signatures.summary(Date.now() / 1000, {warning: this.#warning()})
  }

  /** In seconds. */
  #warning(): number {
    return this.#context.config.healthChecker.signatureWarning / 1000
  }

  /** What was shown last stays while the store is read anew. */
  #show(): void {
    if (!this.#parts.store.complete) return
    const {metrics} = this.#context
    const {expiring, expired, soonest} = this.#summary()
    metrics.set('signaturesExpiring', expiring)
    metrics.set('signaturesExpired', expired)
    metrics.set('signaturesSoonest', soonest[0]?.left ?? Number.POSITIVE_INFINITY)
  }
}
