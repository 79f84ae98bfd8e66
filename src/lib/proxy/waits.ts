import type {ZoneName} from '../dns/name.js'
import {type ProofSource, Wait} from './wait.js'
import type {WaitRequest} from './wait-request.js'

/** All answers that are held back at this time: so many at most. */
export class Waits {
  readonly #proofs: ProofSource
  readonly #most: number
  readonly #underWay = new Set<Wait>()
  #stopping = false

  constructor(proofs: ProofSource, most: number) {
    this.#proofs = proofs
    this.#most = most
  }

  get size(): number {
    return this.#underWay.size
  }

  /** A call came that wants to wait, should it change something. */
  prepare(): void {
    this.#proofs.prepare()
  }

  /** PowerDNS has changed the zone, and the change is about to be published. */
  begin(zone: ZoneName, request: WaitRequest): Wait {
    const wait = new Wait()
    if (this.#stopping || this.#underWay.size >= this.#most) {
      wait.end(this.#stopping ? 'stopping' : 'busy')
      return wait
    }
    this.#underWay.add(wait)
    void wait.over.then(() => this.#underWay.delete(wait))
    wait.begin(this.#proofs, zone, request)
    return wait
  }

  /** Has all answers go out, those to come too. */
  stop(): void {
    this.#stopping = true
    for (const wait of this.#underWay) wait.end('stopping')
  }
}
