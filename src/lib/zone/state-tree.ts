import {hash} from 'node:crypto'
import type {ZoneName} from '../dns/name.js'

/**
 * What a server has of many zones, for comparing two servers at the cost of their differences: a hash tree of fixed shape over
 * (zone, fingerprint). 64 branches of 64 leaves each; a zone's place follows from its name's hash. Equal roots mean equal contents.
 */
export class StateTree {
  readonly #zones = new Map<ZoneName, string>()
  readonly #leaves = new Map<string, Set<ZoneName>>()
  /** By path; whatever changes below a path removes its entry. */
  readonly #digests = new Map<string, string>()

  get size(): number {
    return this.#zones.size
  }

  get zones(): IterableIterator<ZoneName> {
    return this.#zones.keys()
  }

  get(zone: ZoneName): string | undefined {
    return this.#zones.get(zone)
  }

  /** `fingerprint` as `formatFingerprint` writes it. */
  set(zone: ZoneName, fingerprint: string): void {
    if (this.#zones.get(zone) === fingerprint) return
    const path = leafOf(zone)
    const leaf = this.#leaves.get(path)
    if (leaf) leaf.add(zone)
    else this.#leaves.set(path, new Set([zone]))
    this.#zones.set(zone, fingerprint)
    this.#changed(path)
  }

  delete(zone: ZoneName): boolean {
    if (!this.#zones.delete(zone)) return false
    const path = leafOf(zone)
    const leaf = this.#leaves.get(path)
    leaf?.delete(zone)
    if (leaf?.size === 0) this.#leaves.delete(path)
    this.#changed(path)
    return true
  }

  clear(): void {
    this.#zones.clear()
    this.#leaves.clear()
    this.#digests.clear()
  }

  /** The digest of all that is below a path: `''` is the root, one character a branch, two a leaf. Empty where nothing is. */
  digest(path: string): string {
    const known = this.#digests.get(path)
    if (known !== undefined) return known
    const below = path.length === LEAF_DEPTH ? this.#leafText(path) : this.children(path).join(' ')
    const digest = /^ *$/.test(below) ? '' : hash('sha256', below, 'base64url').slice(0, DIGEST_LENGTH)
    this.#digests.set(path, digest)
    return digest
  }

  /** The digests of the 64 paths right below a path, in the order of `childPaths`. */
  children(path: string): string[] {
    return childPaths(path).map((child) => this.digest(child))
  }

  /** Zones and fingerprints of one leaf, in no particular order. */
  entries(leaf: string): Array<[ZoneName, string]> {
    return [...(this.#leaves.get(leaf) ?? [])].map((zone) => [zone, this.#zones.get(zone) ?? ''])
  }

  #leafText(path: string): string {
    return this.entries(path)
      .map(([zone, fingerprint]) => `${zone} ${fingerprint}`)
      .sort()
      .join('\n')
  }

  #changed(leaf: string): void {
    for (let depth = 0; depth <= LEAF_DEPTH; depth++) this.#digests.delete(leaf.slice(0, depth))
  }
}

/** The 64 digits of base64url: one of them for each step down the tree. */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** How long the path of a leaf is. */
export const LEAF_DEPTH = 2

/** 132 bits: nobody finds two contents with the same digest. */
export const DIGEST_LENGTH = 22

export function childPaths(path: string): string[] {
  return [...DIGITS].map((digit) => path + digit)
}

function leafOf(zone: ZoneName): string {
  return hash('sha256', zone, 'base64url').slice(0, LEAF_DEPTH)
}
