import type {ResyncCounts} from '../sync/compare/resync-items.js'
import type {ResyncPlan, ResyncReport} from '../sync/compare/resync-report.js'
import type {LeftItem} from '../sync/compare/resync-run.js'
import type {Progress} from '../sync/progress.js'
import {lasting} from './moment.js'
import {printable} from './printable.js'
import {type Column, tableLines} from './table.js'

/** More zones than this are counted instead of listed. */
const LISTED = 50
const ITEMS: readonly Column[] = [{head: 'ACTION'}, {head: 'ZONE'}, {head: 'BECAUSE'}]
const BAR_WIDTH = 24

/** What is about to be done: how many of each, then the first zones; nothing where there is nothing. */
export function planLines(secondary: string, {items, counts}: ResyncPlan): string[] {
  if (items.length === 0) return []
  return [`${secondary}: ${countWords(counts)}`, ...itemLines(items)]
}

/** `[######------------------]  120 of 400 zones, 35/s, 8 s left` */
export function progressLine(progress: Progress): string {
  const {done, all} = progress
  const filled = all === 0 ? BAR_WIDTH : Math.floor((done / all) * BAR_WIDTH)
  return `[${'#'.repeat(filled).padEnd(BAR_WIDTH, '-')}]  ${progressWords(progress)}`
}

/** `120 of 400 zones, 35/s, 8 s left` */
export function progressWords({done, all, perSecond, leftS}: Progress): string {
  const rate = perSecond > 0 ? `, ${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)}/s` : ''
  const left = leftS === undefined || done === all ? '' : `, ${duration(leftS)} left`
  return `${done} of ${all} zones${rate}${left}`
}

/** How it ended: what was put right, what is left and why, what waits for a decision. */
export function reportLines(report: ResyncReport): string[] {
  const {secondary, state, zones, plan, left, held, ms, error} = report
  const took = lasting(ms)
  if (state === 'planned') return []
  if (state === 'equal')
    return [
      `${secondary} serves what the store has: ${zonesWords(zones)}, ${doneWords(plan, report)} in ${took}`,
    ]
  if (state === 'ordered')
    return [`${secondary}: ${zonesWords(report.ordered)} ordered in ${took}; nobody waited for the proof`]
  return [
    `${secondary}: ${left.length} of ${report.proved + left.length} zones are not proved after ${took}`,
    ...(error ? [printable(`${error.message} (${error.code})`)] : []),
    ...itemLines(left),
    ...held.map(({id, reason}) => printable(`plan ${id} is held: ${reason} (pdist plan show ${id})`)),
  ]
}

/** What was and was not done when somebody ended it. */
export function interruptedWords({secondary, ordered, proved, left}: ResyncReport): string {
  if (ordered === 0) return `nothing was ordered, ${secondary} is as it was`
  const open = ordered - proved
  const goesOn = open > 0 ? `; ${open} more are ordered, and ${secondary} goes on with them` : ''
  const rest = left.length - Math.max(0, open)
  return `${proved} zones are proved${goesOn}; ${Math.max(0, rest)} were not begun`
}

function itemLines(items: ReadonlyArray<Omit<LeftItem, 'way'>>): string[] {
  if (items.length === 0) return []
  const rows = items
    .slice(0, LISTED)
    .map(({action, zone, because, error}) => [
      action,
      zone,
      error ? `${because}: ${error.message} (${error.code})` : because,
    ])
  const more = items.length - LISTED
  return [...tableLines(ITEMS, rows), ...(more > 0 ? [`… and ${more} more`] : [])]
}

const WORDS = {
  create: 'to create',
  update: 'to update',
  delete: 'to delete',
  transfer: 'to transfer again',
} as const

function countWords(counts: ResyncCounts): string {
  const words = Object.entries(WORDS).map(([action, what]) => [counts[action as keyof ResyncCounts], what])
  return words
    .filter(([count]) => count !== 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(', ')
}

function doneWords({transfer}: ResyncCounts, {changes, proved}: ResyncReport): string {
  // What began to differ meanwhile was put right as well.
  const right = Math.max(changes.length, proved - transfer)
  if (right + transfer === 0) return 'nothing had to be done'
  return [
    ...(right > 0 ? [`${right} put right`] : []),
    ...(transfer > 0 ? [`${transfer} transferred again`] : []),
  ].join(' and ')
}

function zonesWords(count: number): string {
  return count === 1 ? '1 zone' : `${count} zones`
}

function duration(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`
  return seconds < 6000 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`
}
