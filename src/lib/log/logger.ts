import {type DestinationStream, destination as fileDestination, pino, stdTimeFunctions} from 'pino'
import {reportOf} from '../errors.js'
import type {LogFields, Logger} from '../logger.js'
import {readable} from './readable.js'
import {hideSecrets} from './secrets.js'

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface LoggerOptions {
  /** Becomes the field `name` of each line: the daemon or the command. */
  name: string
  level: LogLevel
  /** `auto`: lines for people on a terminal, JSON otherwise. */
  format?: 'auto' | 'json' | 'text'
  /** Daemons log to stdout, commands to stderr; a stream of your own for tests. */
  to?: 'stdout' | 'stderr' | DestinationStream
}

/**
 * A logger that writes each line at once, in the calling thread: nothing is lost when the process ends,
 * and no worker thread is started. An `error` field is logged as its report (code, message, hints) and stack.
 */
export function createLogger({name, level, format = 'auto', to = 'stdout'}: LoggerOptions): Logger {
  const terminal = to === 'stdout' ? process.stdout.isTTY : to === 'stderr' && process.stderr.isTTY
  const sink = typeof to === 'string' ? fileDestination({fd: to === 'stdout' ? 1 : 2, sync: true}) : to
  const lines = format === 'text' || (format === 'auto' && terminal) ? readable(sink) : sink
  const logger = pino(
    {
      name,
      level,
      base: {pid: process.pid, name},
      timestamp: stdTimeFunctions.isoTime,
      formatters: {level: (label) => ({level: label}), log: hideSecrets},
      serializers: {error: serializeError},
    },
    lines,
  )
  // A child's own fields do not go through the formatter; a child's children are made by what it inherits.
  const {child} = logger
  return Object.assign(logger, {
    child(this: typeof logger, fields: LogFields): Logger {
      return child.call(this, hideSecrets(fields))
    },
  })
}

function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const {code, message, hints} = reportOf(error)
  const cause = error.cause instanceof Error ? {cause: error.cause.message} : {}
  return {code, message, ...(hints.length > 0 ? {hints} : {}), ...cause, stack: error.stack}
}
