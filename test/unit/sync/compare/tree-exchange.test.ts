import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {zoneName} from '../../../../src/lib/dns/name.js'
import {answerFrom, compareTrees} from '../../../../src/lib/sync/compare/tree-exchange.js'
import type {TreeAnswer, TreeQuestion} from '../../../../src/lib/zone/command.js'
import {StateTree} from '../../../../src/lib/zone/state-tree.js'

type Contents = Readonly<Record<string, string>>

const contents: fc.Arbitrary<Contents> = fc.dictionary(
  fc.integer({min: 0, max: 400}).map((i) => `z${i}.example.`),
  fc.integer({min: 0, max: 2}).map(String),
)

function treeOf(zones: Contents): StateTree {
  const tree = new StateTree()
  for (const [zone, fingerprint] of Object.entries(zones)) tree.set(zoneName(zone), fingerprint)
  return tree
}

/** As it is over the wire, with its cost. */
function askedOf(tree: StateTree) {
  const cost = {messages: 0, bytes: 0}
  const ask = async (question: TreeQuestion): Promise<TreeAnswer> => {
    const answer = JSON.stringify(answerFrom(tree, question, {complete: true}))
    cost.messages++
    cost.bytes += JSON.stringify(question).length + answer.length
    return JSON.parse(answer)
  }
  return {ask, cost}
}

function many(count: number): Contents {
  return Object.fromEntries(Array.from({length: count}, (_, i) => [`z${i}.example.`, `${2026000000 + i}`]))
}

describe('two trees compared over the wire', () => {
  it('show just the zones that are not the same on both sides', async () => {
    await fc.assert(
      fc.asyncProperty(contents, contents, async (ours, theirs) => {
        const {differences, zones} = await compareTrees(treeOf(ours), askedOf(treeOf(theirs)).ask)
        const names = new Set([...Object.keys(ours), ...Object.keys(theirs)])
        const wanted = [...names]
          .filter((zone) => ours[zone] !== theirs[zone])
          .map((zone) => ({zone, ours: ours[zone], theirs: theirs[zone]}))
        const order = (a: {zone: string}, b: {zone: string}) => a.zone.localeCompare(b.zone)
        expect(differences.sort(order)).toEqual(wanted.sort(order))
        expect(zones).toBe(Object.keys(theirs).length)
      }),
    )
  })

  it('cost one small message where they are equal', async () => {
    const {ask, cost} = askedOf(treeOf(many(20_000)))
    expect((await compareTrees(treeOf(many(20_000)), ask)).differences).toEqual([])
    expect(cost.messages).toBe(1)
    expect(cost.bytes).toBeLessThan(500)
  })

  it('cost little where ten zones of many differ', async () => {
    const changed = {...many(20_000)}
    for (let i = 0; i < 10; i++) changed[`z${i * 1999}.example.`] = 'other'
    const {ask, cost} = askedOf(treeOf(changed))
    expect((await compareTrees(treeOf(many(20_000)), ask)).differences).toHaveLength(10)
    expect(cost.messages).toBeLessThanOrEqual(3)
    expect(cost.bytes).toBeLessThan(50_000)
  })

  it('fit into messages where nothing is the same', async () => {
    const [ours, theirs] = [treeOf({}), treeOf(many(20_000))]
    let largest = 0
    const {differences} = await compareTrees(ours, async (question) => {
      const answer = answerFrom(theirs, question, {complete: true})
      largest = Math.max(largest, JSON.stringify(answer).length, JSON.stringify(question).length)
      return answer
    })
    expect(differences).toHaveLength(20_000)
    expect(largest).toBeLessThan(256 * 1024)
  })

  it('do not go on for ever with a side that answers nothing', async () => {
    const nothing = async (): Promise<TreeAnswer> => ({
      complete: true,
      zones: 0,
      root: 'x',
      branches: [],
      leaves: [],
    })
    await expect(compareTrees(treeOf(many(10)), nothing)).rejects.toThrow(RangeError)
  })
})
