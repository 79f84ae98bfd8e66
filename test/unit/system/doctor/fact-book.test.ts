import {describe, expect, it} from 'vitest'
import type {FactName} from '../../../../src/lib/doctor/facts.js'
import {
  AbsentFact,
  FactBook,
  type Gatherer,
  type Gatherers,
} from '../../../../src/lib/system/doctor/fact-book.js'

type Some = Partial<Record<FactName, Gatherer<string, unknown>>>

function bookOf(gatherers: Some, {limitMs = 60_000, signal = new AbortController().signal} = {}) {
  return new FactBook({
    gatherers: gatherers as unknown as Gatherers<string>,
    context: 'the context',
    limitMs,
    signal,
  })
}

describe('a book of facts', () => {
  it('gathers a fact once, and after those that it needs', async () => {
    const order: string[] = []
    const gather = (name: string) => async (context: string) => order.push(`${name} with ${context}`)
    const book = bookOf({
      node: {needs: ['pdist'], gather: gather('node')},
      pdist: {needs: [], gather: gather('pdist')},
    })
    await Promise.all([book.look('node'), book.look('node'), book.look('pdist')])
    expect(order).toEqual(['pdist with the context', 'node with the context'])
  })

  it('tells what failed from what hangs on it, and from what is not there', async () => {
    const book = bookOf({
      broker: {needs: [], gather: () => Promise.reject(new Error('away'))},
      streams: {needs: ['broker'], gather: async () => []},
      consumers: {needs: ['streams'], gather: async () => []},
      primaryServer: {
        needs: [],
        gather: async () => {
          throw new AbsentFact('no [primary]')
        },
      },
    })
    expect(await book.look('broker')).toMatchObject({state: 'failed', error: {message: 'away'}})
    expect(await book.look('streams')).toEqual({state: 'absent', why: 'away'})
    expect(await book.look('consumers')).toEqual({state: 'absent', why: 'away'})
    expect(await book.look('primaryServer')).toEqual({state: 'absent', why: 'no [primary]'})
  })

  it('waits for nobody beyond the limit, whether he heeds the signal or not', async () => {
    const book = bookOf({node: {needs: [], gather: () => new Promise(() => undefined)}}, {limitMs: 20})
    expect(await book.look('node')).toMatchObject({
      state: 'failed',
      error: {code: 'PDIST_TIMEOUT', message: 'no answer within 0.02 seconds'},
    })
  })

  it('ends with its signal', async () => {
    const ending = new AbortController()
    const book = bookOf(
      {node: {needs: [], gather: () => new Promise(() => undefined)}},
      {signal: ending.signal},
    )
    const looked = book.look('node')
    ending.abort(new Error('enough'))
    await expect(looked).rejects.toThrow('enough')
  })
})
