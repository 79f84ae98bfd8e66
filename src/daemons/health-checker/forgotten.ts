import {isAbortOf, sleep} from '../../lib/async/abort.js'
import type {PresenceBoard} from '../../lib/broker/presence.js'
import type {Config} from '../../lib/config/schema.js'
import type {DaemonContext} from '../runner.js'
import type {HealthWatch} from './watch.js'

interface Parts {
  watch: Pick<HealthWatch, 'silent' | 'forgotten'>
  board: Pick<PresenceBoard, 'last'>
}

const LOOK_EVERY_MS = 2000

/** Drops the silent secondaries whose last heartbeat somebody had removed. Resolves when aborted. */
export async function noticeForgotten(
  {log}: DaemonContext<Config>,
  {watch, board}: Parts,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const secondary of watch.silent) {
      try {
        if (!(await board.last(secondary))) await watch.forgotten(secondary)
      } catch (error) {
        if (!isAbortOf(signal, error))
          log.debug({event: 'heartbeat.unknown', secondary, error}, 'a last heartbeat cannot be read')
      }
    }
    await sleep(LOOK_EVERY_MS, signal).catch(() => undefined)
  }
}
