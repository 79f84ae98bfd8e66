import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import {childPaths, LEAF_DEPTH, StateTree} from '../../../src/lib/zone/state-tree.js'

const contents = fc.dictionary(
  fc.integer({min: 0, max: 300}).map((i) => `z${i}.example.`),
  fc.integer({min: 0, max: 3}).map(String),
)

function treeOf(zones: Readonly<Record<string, string>>): StateTree {
  const tree = new StateTree()
  for (const [zone, fingerprint] of Object.entries(zones)) tree.set(zoneName(zone), fingerprint)
  return tree
}

describe('a state tree', () => {
  it('has the same root as another exactly where it has the same contents, whatever came before', () => {
    fc.assert(
      fc.property(contents, contents, contents, (a, b, before) => {
        const [left, right] = [treeOf(a), treeOf(before)]
        left.digest('')
        right.digest('')
        for (const zone of [...right.zones]) right.delete(zone)
        for (const [zone, fingerprint] of Object.entries(b)) right.set(zoneName(zone), fingerprint)
        const same = JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort())
        expect(left.digest('') === right.digest('')).toBe(same)
      }),
    )
  })

  it('shows below which paths two differ, and only there', () => {
    fc.assert(
      fc.property(contents, fc.integer({min: 0, max: 300}), (zones, changed) => {
        const name = `z${changed}.example.`
        const [a, b] = [treeOf(zones), treeOf({...zones, [name]: 'other'})]
        const paths = differing(a, b, '')
        expect(paths).toHaveLength(1)
        expect(b.entries(paths[0] ?? '')).toContainEqual([name, 'other'])
      }),
    )
  })

  it('holds every zone in exactly one leaf', () => {
    const zones = Object.fromEntries(Array.from({length: 5000}, (_, i) => [`${i}.example.`, String(i)]))
    const tree = treeOf(zones)
    const leaves = childPaths('').flatMap(childPaths)
    const entries = leaves.flatMap((leaf) => tree.entries(leaf))
    expect(Object.fromEntries(entries)).toEqual(zones)
    expect(entries).toHaveLength(tree.size)
  })

  it('is empty again after its zones have gone', () => {
    const tree = treeOf({'a.example.': '1', 'b.example.': '2'})
    expect(tree.digest('')).not.toBe('')
    for (const zone of [...tree.zones]) expect(tree.delete(zone)).toBe(true)
    expect({digest: tree.digest(''), size: tree.size}).toEqual({digest: '', size: 0})
    expect(tree.delete(zoneName('a.example.'))).toBe(false)
  })
})

function differing(a: StateTree, b: StateTree, path: string): string[] {
  if (a.digest(path) === b.digest(path)) return []
  return path.length === LEAF_DEPTH ? [path] : childPaths(path).flatMap((child) => differing(a, b, child))
}
