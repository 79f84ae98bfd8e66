import {DefaultRenderer, Listr, ListrLogger, type ListrTask, ProcessOutput} from 'listr2'

/** Progress belongs on stderr, be stdout a terminal or a file. */
class StderrRenderer extends DefaultRenderer {
  static override nonTTY = true
}

/**
 * Shows tasks on stderr, which must be a terminal; by default one after the other, up to the first that fails. A failure shows as a
 * mark alone: its title, or whoever waits, tells it.
 */
export async function runOnTerminal(
  tasks: ListrTask[],
  {concurrent = false, exitOnError = true}: {concurrent?: number | false; exitOnError?: boolean} = {},
): Promise<void> {
  const processOutput = new ProcessOutput(process.stderr, process.stdout)
  const list = new Listr(tasks, {
    concurrent,
    exitOnError,
    // Signals are handled by whoever has more to stop than a display.
    registerSignalListeners: false,
    renderer: StderrRenderer,
    rendererOptions: {
      showErrorMessage: false,
      logger: new ListrLogger({useIcons: true, toStderr: [], processOutput}),
    },
  })
  await list.run()
}
