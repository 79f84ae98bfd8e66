import type {ResyncPlan, ResyncReport} from '../sync/compare/resync-report.js'
import type {Progress} from '../sync/progress.js'
import {planLines, progressLine, progressWords} from './resync-lines.js'

export interface ResyncOutputs {
  /** Where results go. */
  result: (line: string) => void
  progress: {isTTY?: boolean; write(text: string): unknown}
  now(): number
}

/** What a resync tells on its way. */
export interface ResyncHooks {
  onPlan(plan: ResyncPlan): void
  onProgress(progress: Progress): void
}

type Work = (hooks: ResyncHooks) => Promise<ResyncReport>

const LINE_EVERY_MS = 5000

/**
 * Shows a resync until it is over: that it compares, its plan, and how far it is; with listr2 in a terminal, else as a plain line
 * now and then. Settles as `work` does.
 */
export function showResync(secondary: string, outputs: ResyncOutputs, work: Work): Promise<ResyncReport> {
  return outputs.progress.isTTY ? inTerminal(secondary, outputs, work) : asLines(secondary, outputs, work)
}

async function asLines(
  secondary: string,
  {result, progress: output, now}: ResyncOutputs,
  work: Work,
): Promise<ResyncReport> {
  let due = now() + LINE_EVERY_MS
  output.write(`comparing ${secondary} with the store\n`)
  return await work({
    onPlan: (plan) => {
      for (const line of planLines(secondary, plan)) result(line)
    },
    onProgress: (progress) => {
      if (now() < due) return
      due = now() + LINE_EVERY_MS
      output.write(`${secondary}: ${progressWords(progress)}\n`)
    },
  })
}

async function inTerminal(secondary: string, {result}: ResyncOutputs, work: Work): Promise<ResyncReport> {
  const {runOnTerminal} = await import('./stderr-tasks.js')
  const planned = Promise.withResolvers<ResyncPlan>()
  let onProgress: ResyncHooks['onProgress'] = () => undefined
  const working = work({onPlan: planned.resolve, onProgress: (progress) => onProgress(progress)})
  const either = Promise.race([planned.promise, working.then(() => undefined)])
  await runOnTerminal([{title: `compare ${secondary} with the store`, task: () => either}]).catch(
    () => undefined,
  )
  const plan = await either
  if (!plan) return working
  for (const line of planLines(secondary, plan)) result(line)
  if (plan.items.length > 0) {
    const title = `bring ${secondary} to the store's state`
    await runOnTerminal([
      {
        title,
        task: async (_, shown) => {
          onProgress = (progress) => {
            shown.output = progressLine(progress)
          }
          const {state} = await working
          // Only shows as a mark: the report says why.
          if (state === 'differs' || state === 'interrupted') throw new Error(state)
        },
      },
    ]).catch(() => undefined)
  }
  return working
}
