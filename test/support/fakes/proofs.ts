import type {ZoneName} from '../../../src/lib/dns/name.js'
import type {FollowedProofs, ProofSource, Standing} from '../../../src/lib/proxy/wait.js'
import type {WaitRequest} from '../../../src/lib/proxy/wait-request.js'

/** One change that somebody waits for. */
export interface FollowedChange {
  zone: ZoneName
  waitFor: WaitRequest['waitFor']
  /** The event's sequence, once it was published. */
  event?: number
  stopped: boolean
  tell(standing: Standing): void
}

/** Proofs that come when the test says so; or at once, where it gives `answer`. */
export class FakeProofs implements ProofSource {
  prepared = 0
  answer: Standing | undefined
  readonly followed: FollowedChange[] = []

  get open(): number {
    return this.followed.filter(({stopped}) => !stopped).length
  }

  prepare(): void {
    this.prepared++
  }

  follow(zone: ZoneName, waitFor: WaitRequest['waitFor'], on: (standing: Standing) => void): FollowedProofs {
    const change: FollowedChange = {zone, waitFor, stopped: false, tell: on}
    this.followed.push(change)
    return {
      published: (event) => {
        change.event = event
        if (this.answer) on(this.answer)
      },
      stop: () => {
        change.stopped = true
      },
    }
  }
}
