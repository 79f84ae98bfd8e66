import {render} from 'ink'
import {App, type LiveActions, type LiveSource} from './app.js'

export interface ShowOptions {
  source: LiveSource & {readonly running: Promise<void>}
  actions: LiveActions
  color: boolean
  /** Ends the view. */
  signal: AbortSignal
}

const MOST_FRAMES = 20
const SIGNALS = ['SIGINT', 'SIGTERM'] as const
const listening = () => undefined

/**
 * Shows the live view in the terminal's other screen until somebody quits it. Rejects with the signal's reason, and as what is
 * shown fails; the terminal is as before in any case.
 */
export async function showHealth({source, actions, color, signal}: ShowOptions): Promise<void> {
  const ending = new AbortController()
  const either = AbortSignal.any([signal, ending.signal])
  const app = render(<App source={source} actions={actions} color={color} signal={either} />, {
    alternateScreen: true,
    interactive: true,
    // In raw mode Ctrl-C is a key like others.
    exitOnCtrlC: false,
    incrementalRendering: true,
    maxFps: MOST_FRAMES,
    patchConsole: false,
  })
  const unmount = () => app.unmount()
  // Where nobody else listens, or only once, Ink's own listener ends the process before anything is said.
  for (const name of SIGNALS) process.on(name, listening)
  signal.addEventListener('abort', unmount, {once: true})
  if (signal.aborted) unmount()
  try {
    // The source goes on for ever: where it ends, it failed.
    await Promise.race([app.waitUntilExit(), source.running])
  } finally {
    for (const name of SIGNALS) process.off(name, listening)
    signal.removeEventListener('abort', unmount)
    ending.abort()
    unmount()
    await app.waitUntilExit().catch(() => undefined)
  }
  signal.throwIfAborted()
}
