import type {ZoneName} from '../../lib/dns/name.js'
import type {Standing} from '../../lib/proxy/wait.js'
import {Push, type WaitFor} from '../../lib/sync/push.js'
import {standingOf} from './standing.js'

/** One change's proofs. What is heard before the secondaries are known is looked at when they are. */
export class Following {
  readonly #zone: ZoneName
  readonly #waitFor: WaitFor
  readonly #on: (standing: Standing) => void
  #early: Array<(push: Push) => void> = []
  #push: Push | undefined
  #ended = false

  constructor(zone: ZoneName, waitFor: WaitFor, on: (standing: Standing) => void) {
    this.#zone = zone
    this.#waitFor = waitFor
    this.#on = on
  }

  begin(secondaries: ReadonlyArray<{name: string; active: boolean}>): void {
    if (this.#ended) return
    const push = new Push(this.#zone, {
      waitFor: this.#waitFor,
      secondaries,
      now: () => performance.now(),
      onProgress: (report) => {
        if (!this.#ended) this.#on(standingOf(report))
      },
    })
    this.#push = push
    this.#on(standingOf(push.report()))
    for (const tell of this.#early.splice(0)) tell(push)
  }

  tell(what: (push: Push) => void): void {
    if (this.#ended) return
    if (this.#push) what(this.#push)
    else this.#early.push(what)
  }

  end(): void {
    this.#ended = true
    this.#early = []
  }
}
