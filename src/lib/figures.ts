/** Milliseconds as people read them, e.g. `14 ms`, `3.4 s`, `12 min`, `5 h`, `3 d`. */
export function duration(ms: number): string {
  if (ms === 0) return '0 s'
  if (ms < 999.5) return ms < 9.95 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 59.5) return seconds < 9.95 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`
  const minutes = seconds / 60
  if (minutes < 99.5) return `${Math.round(minutes)} min`
  const hours = minutes / 60
  return hours < 47.5 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} d`
}

/** The time of day, by this machine's clock and zone. */
export function timeOfDay(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 8)
}

export function percent(share: number | undefined): string {
  return share === undefined ? '-' : `${Math.round(share * 100)} %`
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** Bytes as people read them, e.g. `1023 B`, `1.5 GiB`. */
export function amount(bytes: number): string {
  const unit = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)))
  const value = bytes / 1024 ** unit
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}

export function count(many: number, one: string, more = `${one}s`): string {
  return `${many} ${many === 1 ? one : more}`
}
