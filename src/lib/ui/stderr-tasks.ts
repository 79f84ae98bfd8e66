import {DefaultRenderer, Listr, ListrLogger, type ListrTask, ProcessOutput} from 'listr2'

/** Progress belongs on stderr, be stdout a terminal or a file. */
class StderrRenderer extends DefaultRenderer {
  static override nonTTY = true
}

/** Shows tasks on stderr, which must be a terminal. A failure shows as a mark alone: whoever waits tells it. */
export async function runOnTerminal(tasks: ListrTask[]): Promise<void> {
  const processOutput = new ProcessOutput(process.stderr, process.stdout)
  const list = new Listr(tasks, {
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
