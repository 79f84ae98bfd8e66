import type {ListrTask} from 'listr2'

/** One of the things of a stage that go on at the same time. */
export interface Row {
  name: string
  /** Resolves to what is shown when it is done. */
  done: Promise<string>
}

export interface Stage {
  title: string
  /** Resolves to what has still to be waited for, or is told about. */
  run(): Promise<readonly Row[]>
}

export interface StageOutput {
  isTTY?: boolean
  write(text: string): unknown
}

/**
 * Runs stages one after the other, and shows them: with listr2 where `output` is the terminal, else as plain lines.
 * Rejects as the first row or stage that fails; the stages after it are not run.
 */
export async function runStages(stages: readonly Stage[], output: StageOutput): Promise<void> {
  if (output.isTTY) return await inTerminal(stages)
  for (const {title, run} of stages) {
    output.write(`${title}\n`)
    const rows = await run()
    await Promise.all(rows.map(async ({done}) => output.write(`  ${await done}\n`)))
  }
}

async function inTerminal(stages: readonly Stage[]): Promise<void> {
  const {Listr} = await import('listr2')
  const tasks = stages.map(
    ({title, run}): ListrTask => ({
      title,
      task: async (_, task) => task.newListr((await run()).map(taskOf), {concurrent: true}),
    }),
  )
  await new Listr(tasks, {
    // Signals are handled by whoever has more to stop than a display.
    registerSignalListeners: false,
    rendererOptions: {collapseSubtasks: false},
  }).run()
}

function taskOf({name, done}: Row): ListrTask {
  return {
    title: name,
    task: async (_, task) => {
      task.title = await done
    },
  }
}
