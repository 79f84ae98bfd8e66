import type {ZoneName} from '../../dns/name.js'
import {StateTree} from '../../zone/state-tree.js'
import type {Stored} from '../../zone/version.js'
import {StorePicture} from './store-picture.js'

/** A picture of the zone store with a hash tree over it, for comparing it with what a secondary serves. */
export class StoreTree extends StorePicture {
  readonly tree = new StateTree()

  override onReset(streamCreated: string): void {
    super.onReset(streamCreated)
    this.tree.clear()
  }

  override onState(state: Stored): void {
    super.onState(state)
    const pictured = this.get(state.zone)
    if (pictured?.kind === 'version') this.tree.set(state.zone, pictured.fingerprint)
    else this.tree.delete(state.zone)
  }

  override onUnreadable(zone: ZoneName, revision: number): void {
    super.onUnreadable(zone, revision)
    this.tree.delete(zone)
  }
}
