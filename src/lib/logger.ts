/** Facts about an event, never secrets. `event` names it for machines (`zone.served`), durations are `ms`. */
export interface LogFields {
  readonly event?: string
  readonly [field: string]: unknown
}

/** Fields first, then a constant message: what varies belongs into the fields. */
export type LogMethod = (fields: LogFields, message: string) => void

/** What the library needs of a logger. pino satisfies it; so does any recorder in a test. */
export interface Logger {
  debug: LogMethod
  info: LogMethod
  warn: LogMethod
  error: LogMethod
  fatal: LogMethod
  /** A logger that adds `fields` to each line. */
  child(fields: LogFields): Logger
}

/** Keeps nothing: for commands without `--verbose`, and where logging is somebody else's. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  fatal() {},
  child: () => silentLogger,
}
