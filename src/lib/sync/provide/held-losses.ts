import type {ZoneName} from '../../dns/name.js'
import type {HeldPlan} from '../../zone/plan.js'
import type {Guard, GuardVerdict, Loss} from '../compare/guard.js'

/** Updates that the guard holds for their loss, by zone: so that nobody lists all plans at every update of a zone. */
export class HeldLosses {
  readonly #guard: Pick<Guard, 'admitLoss' | 'settled'>
  readonly #zones = new Set<ZoneName>()

  constructor(guard: Pick<Guard, 'admitLoss' | 'settled'>) {
    this.#guard = guard
  }

  /** To be told of every plan that there is or comes. */
  note({kind, changes}: HeldPlan): void {
    if (kind !== 'record loss') return
    for (const {zone} of changes) this.#zones.add(zone)
  }

  async admit(loss: Loss): Promise<GuardVerdict> {
    const verdict = await this.#guard.admitLoss(loss)
    if (!verdict.admitted) this.#zones.add(loss.zone)
    return verdict
  }

  /** The zone is as it should be, whatever was held of it. */
  async settled(zone: ZoneName): Promise<void> {
    if (!this.#zones.has(zone)) return
    await this.#guard.settled(zone)
    this.#zones.delete(zone)
  }
}
