import {type Percentiles, percentilesOf} from './statistics.js'

/** How one way of doing the same work fared. */
export interface Way {
  name: string
  /** Milliseconds, except in the rows of memory. */
  samples: number[]
  /** Samples in which the first try did not make the secondaries serve it; they are in `samples` with the time that they took. */
  lost?: number
  note?: string
}

export interface Target {
  /** What is compared, say `p50 / floor`. */
  what: string
  value: number
  atMost: number
  met: boolean
}

export interface RowResult {
  row: string
  title: string
  unit: 'ms' | 'MB' | 'count'
  /** The name of the way that the others are compared with. */
  floor?: string
  ways: Way[]
  targets: Target[]
}

export function target(what: string, value: number, atMost: number): Target {
  return {what, value, atMost, met: value <= atMost}
}

export interface Summary extends Percentiles {
  name: string
  /** p50 and p99 divided by those of the floor. */
  ratio50?: number
  ratio99?: number
  lost?: number
  note?: string
}

export function summaries({ways, floor}: RowResult): Summary[] {
  const base = ways.find(({name}) => name === floor)
  const least = base && percentilesOf(base.samples)
  return ways.map(({samples, ...way}) => {
    const mine = percentilesOf(samples)
    const ratios = least ? {ratio50: mine.p50 / least.p50, ratio99: mine.p99 / least.p99} : {}
    return {...way, ...mine, ...ratios}
  })
}
