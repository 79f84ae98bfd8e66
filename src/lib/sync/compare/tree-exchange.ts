import type {ZoneName} from '../../dns/name.js'
import type {TreeAnswer, TreeQuestion} from '../../zone/command.js'
import {childPaths, type StateTree} from '../../zone/state-tree.js'

/** A zone of which two sides do not have the same; a fingerprint is undefined where that side does not have the zone. */
export interface TreeDifference {
  zone: ZoneName
  ours: string | undefined
  theirs: string | undefined
}

export interface TreeComparison {
  differences: TreeDifference[]
  /** Zones on their side. */
  zones: number
  /** False while the other side does not know yet all that it has. */
  complete: boolean
}

type Ask = (question: TreeQuestion) => Promise<TreeAnswer>

/** Digests of 64 children each, in one answer. */
const BRANCHES_AT_ONCE = 64
/** Bytes of zones and fingerprints in one answer. */
const ANSWER_BYTES = 150_000

/** Answers a question about a tree. */
export function answerFrom(
  tree: StateTree,
  question: TreeQuestion,
  {complete}: {complete: boolean},
): TreeAnswer {
  const about = {complete, zones: tree.size, root: tree.digest('')}
  if (question.root === about.root) return {...about, branches: [], leaves: []}
  const branches = question.branches.slice(0, BRANCHES_AT_ONCE).map((path) => tree.children(path))
  const leaves: TreeAnswer['leaves'][number][] = []
  let room = ANSWER_BYTES
  for (const path of question.leaves) {
    const entries = tree.entries(path)
    room -= entries.reduce((sum, [zone, fingerprint]) => sum + zone.length + fingerprint.length + 10, 0)
    if (room < 0 && leaves.length > 0) break
    leaves.push(entries)
  }
  return {...about, branches, leaves}
}

/**
 * Finds where our tree and the other side's differ: one question where they are the same, else the differing branches, then
 * the differing leaves. What changes on either side meanwhile may or may not be among it.
 */
export async function compareTrees(ours: StateTree, ask: Ask): Promise<TreeComparison> {
  const root = ours.digest('')
  const first = await ask({root, branches: [''], leaves: []})
  const about = {zones: first.zones, complete: first.complete}
  if (first.root === root) return {...about, differences: []}
  const branches = differing(ours, '', first.branches[0] ?? [])
  const leaves: string[] = []
  for (let at = 0; at < branches.length; at += BRANCHES_AT_ONCE) {
    const some = branches.slice(at, at + BRANCHES_AT_ONCE)
    const answer = await ask({root: ASK_ALL, branches: some, leaves: []})
    leaves.push(...some.flatMap((path, i) => differing(ours, path, answer.branches[i] ?? [])))
  }
  const differences: TreeDifference[] = []
  for (let at = 0; at < leaves.length; ) {
    const some = leaves.slice(at, at + LEAVES_AT_ONCE)
    const answer = await ask({root: ASK_ALL, branches: [], leaves: some})
    for (const [i, theirs] of answer.leaves.entries())
      differences.push(...inLeaf(ours.entries(some[i] ?? ''), theirs))
    if (answer.leaves.length === 0) throw new RangeError('a secondary answered with no leaves')
    at += answer.leaves.length
  }
  return {...about, differences}
}

const LEAVES_AT_ONCE = 1024
/** No root has this digest: an answer is wanted even where the trees became equal meanwhile. */
const ASK_ALL = '-'

function differing(ours: StateTree, path: string, theirs: readonly string[]): string[] {
  return childPaths(path).filter((child, i) => ours.digest(child) !== (theirs[i] ?? ''))
}

function inLeaf(
  ours: ReadonlyArray<readonly [ZoneName, string]>,
  theirs: ReadonlyArray<readonly [ZoneName, string]>,
): TreeDifference[] {
  const here = new Map(ours)
  const differences: TreeDifference[] = []
  for (const [zone, fingerprint] of theirs) {
    const own = here.get(zone)
    if (own !== fingerprint) differences.push({zone, ours: own, theirs: fingerprint})
    here.delete(zone)
  }
  for (const [zone, own] of here) differences.push({zone, ours: own, theirs: undefined})
  return differences
}
