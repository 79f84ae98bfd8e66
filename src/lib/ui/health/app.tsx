import {useApp, useInput, useWindowSize} from 'ink'
import {useEffect, useRef, useState} from 'react'
import {reportOf} from '../../errors.js'
import type {LiveView} from '../../sync/watch/live.js'
import {keysOf} from './keys.js'
import type {ZoneFacts} from './pages.js'
import {type ResyncOutcome, resyncWords} from './resync-words.js'
import {type Asked, Screen, shownIn} from './screen.js'
import {INITIAL, press} from './state.js'

/** The running system, followed. */
export interface LiveSource {
  /** Another number after everything that happened. */
  readonly version: number
  view(): LiveView
}

/** What can be asked for in the view. All reject when aborted. */
export interface LiveActions {
  /** `onProgress` is told how many zones still differ. */
  resync(secondary: string, onProgress: (left: number) => void, signal: AbortSignal): Promise<ResyncOutcome>
  zone(zone: string, signal: AbortSignal): Promise<ZoneFacts>
}

export interface AppProps {
  source: LiveSource
  actions: LiveActions
  color: boolean
  /** Aborted when the view ends. */
  signal: AbortSignal
}

const LOOK_EVERY_MS = 100
/** Times that are shown go on also where nothing happens. */
const TICK_MS = 1000
const ZONE_EVERY_MS = 3000

/** The live view: shows the source at most ten times a second, and does what keys ask for. */
export function App({source, actions, color, signal}: AppProps) {
  const {exit} = useApp()
  const {columns, rows} = useWindowSize()
  const [ui, setUi] = useState(INITIAL)
  const [notice, setNotice] = useState<string>()
  const zone = useZone(ui.page.kind === 'zone' ? ui.page.zone : undefined, actions)
  useFrames(source)
  const view = source.view()
  const asked: Asked = {...(zone ? {zone} : {}), ...(notice === undefined ? {} : {notice})}
  // Several keys may come before the next frame.
  const latest = useRef(ui)
  latest.current = ui

  const resync = async (secondary: string) => {
    const progress = (left: number) => setNotice(`resync of ${secondary}: ${left} zones differ…`)
    setNotice(`resync of ${secondary}: comparing…`)
    try {
      setNotice(resyncWords(await actions.resync(secondary, progress, signal)))
    } catch (error) {
      const {code, message} = reportOf(error)
      if (!signal.aborted) setNotice(`resync of ${secondary} failed: ${message} (${code})`)
    }
  }
  useInput((input, key) => {
    setNotice(undefined)
    for (const pressed of keysOf(input, key)) {
      const shown = shownIn({view, ui: latest.current, asked, rows})
      const {state, order} = press(latest.current, pressed, shown)
      latest.current = state
      if (order?.do === 'quit') exit()
      else if (order) void resync(order.secondary)
    }
    setUi(latest.current)
  })
  return <Screen view={view} ui={ui} asked={asked} columns={columns} rows={rows} color={color} />
}

/** Renders again when something happened, and once a second. */
function useFrames(source: LiveSource): void {
  const [, setFrame] = useState(0)
  useEffect(() => {
    let [shown, at] = [source.version, performance.now()]
    const timer = setInterval(() => {
      if (source.version === shown && performance.now() - at < TICK_MS) return
      shown = source.version
      at = performance.now()
      setFrame((frame) => frame + 1)
    }, LOOK_EVERY_MS)
    return () => clearInterval(timer)
  }, [source])
}

/** The opened zone, asked for again and again. */
function useZone(name: string | undefined, {zone}: LiveActions): Asked['zone'] {
  const [found, setFound] = useState<Asked['zone']>()
  useEffect(() => {
    if (name === undefined) return
    const leaving = new AbortController()
    let timer: NodeJS.Timeout | undefined
    const ask = async () => {
      try {
        const facts = await zone(name, leaving.signal)
        if (!leaving.signal.aborted) setFound({name, facts})
      } catch (error) {
        if (leaving.signal.aborted) return
        setFound((before) => ({...(before?.name === name ? before : {}), name, error: reportOf(error)}))
      }
      if (!leaving.signal.aborted) timer = setTimeout(ask, ZONE_EVERY_MS)
    }
    void ask()
    return () => {
      leaving.abort()
      clearTimeout(timer)
    }
  }, [name, zone])
  return found
}
