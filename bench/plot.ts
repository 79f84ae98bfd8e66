import {LogScale} from './log-scale.js'
import {COLOURS, escaped, line, round, STYLE, text} from './plot-style.js'
import {type RowResult, summaries} from './results.js'

const WIDTH = 900
const LEFT = 250
const RIGHT = 30
const LINE = 26
const HEAD = 64
const CURVES = 260
/** What a screen reader says of the page. */
const TITLE = 'The time that a change takes, by row and way, beside the floor'

/** What the ways of the rows are, by their names; what is none of these is not shown. */
const KINDS: ReadonlyArray<readonly [string, RegExp]> = [
  ['pdist', /^(pdist|api-proxy)/],
  ['PowerDNS with NOTIFY', /NOTIFY/],
  ['script over the APIs', /^script/],
]

/** An SVG page: each row's medians beside its floor, then how the times of one change are distributed. */
export function plot(rows: readonly RowResult[]): string {
  const compared = rows.filter(({unit, floor}) => unit === 'ms' && floor !== undefined)
  const distributed = compared.find(({row}) => row === 'one change') ?? compared[0]
  const ratios = ratioChart(compared)
  const curves = distributed ? curveChart(distributed, ratios.height) : {svg: [], height: ratios.height}
  const head = `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${WIDTH} ${curves.height}">`
  return [
    head,
    `<title>${escaped(TITLE)}</title>`,
    `<style>${STYLE}</style>`,
    ...ratios.svg,
    ...curves.svg,
    '</svg>',
    '',
  ].join('\n')
}

interface Chart {
  svg: string[]
  /** Where the page may go on. */
  height: number
}

function ratioChart(rows: readonly RowResult[]): Chart {
  const lines = rows.map((row) => ({row: row.row, ways: measured(row)}))
  const scale = new LogScale(
    lines.flatMap(({ways}) => ways.map(({value}) => value)),
    LEFT,
    WIDTH - RIGHT,
  )
  const legend = legendOf(
    KINDS.map(([kind]) => kind),
    HEAD - 18,
  )
  const top = legend.bottom + 16
  const bottom = top + lines.length * LINE
  const dots = lines.flatMap(({row, ways}, at) => {
    const y = top + (at + 0.5) * LINE
    return [
      text(LEFT - 12, y + 4, row, ' text-anchor="end"'),
      line(LEFT, y, WIDTH - RIGHT, y, 'grid'),
      ...ways.map((way) => dot(scale.at(way.value), y, way)),
    ]
  })
  const title =
    'Median time as a multiple of the floor, both measured in the same run (logarithmic; less is better)'
  return {
    svg: [text(16, 24, title, ' class="title"'), ...legend.svg, ...axis(scale, top, bottom, '×'), ...dots],
    height: bottom + 40,
  }
}

interface Dot {
  name: string
  /** Where it stands in KINDS. */
  kind: number
  value: number
}

function measured(row: RowResult): Dot[] {
  return summaries(row)
    .map(({name, ratio50 = Number.NaN}) => ({name, kind: kindOf(name), value: ratio50}))
    .filter(({name, kind, value}) => name !== row.floor && kind >= 0 && Number.isFinite(value))
}

function kindOf(name: string): number {
  return KINDS.findIndex(([, pattern]) => pattern.test(name))
}

function curveChart({row, ways}: RowResult, from: number): Chart {
  const shown = ways.filter(({samples}) => samples.length > 1)
  const top = from + HEAD
  const scale = new LogScale(
    shown.flatMap(({samples}) => samples),
    LEFT,
    WIDTH - RIGHT,
  )
  const y = (share: number) => top + (1 - share) * CURVES
  const levels = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    line(LEFT, y(share), WIDTH - RIGHT, y(share), 'grid'),
    text(LEFT - 12, y(share) + 4, `${share * 100} %`, ' text-anchor="end"'),
  ])
  const curves = shown.map(({samples}, at) => curve(samples, at, scale, y))
  const title = `${row}: the share that is served everywhere within so many milliseconds (logarithmic)`
  const names = legendOf(
    shown.map(({name}) => name),
    from + HEAD - 18,
  )
  return {
    svg: [
      text(16, from + 24, title, ' class="title"'),
      ...names.svg,
      ...levels,
      ...axis(scale, top, top + CURVES, ' ms'),
      ...curves,
    ],
    height: top + CURVES + 40,
  }
}

function curve(
  samples: readonly number[],
  colour: number,
  scale: LogScale,
  y: (share: number) => number,
): string {
  const sorted = samples.toSorted((a, b) => a - b)
  const points = sorted.map((value, at) => `${round(scale.at(value))},${round(y((at + 1) / sorted.length))}`)
  return `<polyline fill="none" stroke-width="2" stroke="${colourOf(colour)}" points="${points.join(' ')}"/>`
}

function axis(scale: LogScale, top: number, bottom: number, unit: string): string[] {
  return scale.ticks.flatMap((value) => [
    line(scale.at(value), top, scale.at(value), bottom, value === 1 ? 'one' : 'grid'),
    text(scale.at(value), bottom + 18, `${value}${unit}`, ' text-anchor="middle" class="faint"'),
  ])
}

/** As many lines as it takes. */
function legendOf(names: readonly string[], y: number): {svg: string[]; bottom: number} {
  let [x, line] = [16, 0]
  const svg = names.flatMap((name, at) => {
    const width = 34 + name.length * 6.8
    if (x + width > WIDTH - RIGHT) [x, line] = [16, line + 1]
    const [left, middle] = [x, y + line * 20]
    x += width
    return [
      `<circle cx="${left + 5}" cy="${middle - 4}" r="5" fill="${colourOf(at)}"/>`,
      text(left + 15, middle, name),
    ]
  })
  return {svg, bottom: y + line * 20}
}

function dot(x: number, y: number, {name, kind, value}: Dot): string {
  const title = `<title>${escaped(name)}: ${value.toFixed(2)}</title>`
  return `<circle cx="${round(x)}" cy="${round(y)}" r="5" fill="${colourOf(kind)}">${title}</circle>`
}

function colourOf(at: number): string {
  return COLOURS[at % COLOURS.length] ?? ''
}
