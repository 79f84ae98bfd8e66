/** What is needed of a sink for lines: a subset of pino's DestinationStream. */
export interface LineSink {
  write(line: string): void
}

const SHOWN_ELSEWHERE = new Set(['time', 'level', 'name', 'pid', 'msg'])

/** Turns JSON log lines into lines for people: `12:34:56.789 warn syncer: zone refused zone=example.org.` */
export function readable(sink: LineSink): LineSink {
  return {write: (line) => sink.write(`${readableLine(line)}\n`)}
}

/** One JSON log line, for people; what is no JSON object comes back as it is. */
export function readableLine(line: string): string {
  const entry = parse(line)
  if (!entry) return line.trimEnd()
  const time = String(entry.time ?? '').slice(11, 23)
  const fields = Object.entries(entry)
    .filter(([key]) => !SHOWN_ELSEWHERE.has(key))
    .map(([key, value]) => ` ${key}=${show(value)}`)
  return `${time} ${entry.level} ${entry.name}: ${entry.msg ?? ''}${fields.join('')}`
}

function show(value: unknown): string {
  // A line break in a field would let one entry look like two.
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
