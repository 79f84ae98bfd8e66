import type {Broker} from '../../lib/broker/connection.js'
import {Reports} from '../../lib/broker/reports.js'
import type {Config} from '../../lib/config/schema.js'
import type {ZoneName} from '../../lib/dns/name.js'
import type {FollowedProofs, ProofSource, Standing} from '../../lib/proxy/wait.js'
import type {WaitFor} from '../../lib/sync/push.js'
import {ignoring} from '../broker.js'
import type {DaemonContext} from '../runner.js'
import {Following} from './following.js'
import {KnownSecondaries} from './known-secondaries.js'
import {ZoneReports} from './zone-reports.js'

/** Hears of the broker who serves what the api-proxy's clients wait for. */
export class BrokerProofs implements ProofSource {
  readonly #reports: ZoneReports
  readonly #secondaries: KnownSecondaries

  constructor(context: DaemonContext<Config>) {
    this.#reports = new ZoneReports(ignoring(context))
    this.#secondaries = new KnownSecondaries(context)
    context.background('secondaries', (signal) => this.#secondaries.follow(signal))
  }

  /** To be called before anything is published over this broker's connection. */
  attach(broker: Broker): void {
    this.#reports.attach(new Reports(broker))
    this.#secondaries.attach(broker)
  }

  prepare(): void {
    this.#secondaries.prepare()
  }

  follow(zone: ZoneName, waitFor: WaitFor, on: (standing: Standing) => void): FollowedProofs {
    const following = new Following(zone, waitFor, on)
    const stop = this.#reports.listen(zone, {
      heard: (receipt) => following.tell((push) => push.heard(receipt)),
      provided: (provision) => following.tell((push) => push.provided(provision)),
    })
    void this.#secondaries.known.then(() => following.begin(this.#secondaries.list()))
    return {
      published: (event) => following.tell((push) => push.published(event)),
      stop: () => {
        following.end()
        stop()
      },
    }
  }
}
