const DAY_MS = 86_400_000

/** `2.5 s`, `12 min`, `3 days`: as exact as people need it. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 2 * DAY_MS) return `${Math.round(ms / 3_600_000)} h`
  return `${Math.floor(ms / DAY_MS)} days`
}

/** `1.5 GiB` */
export function amount(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  let [value, index] = [bytes, 0]
  while (value >= 1024 && index < units.length - 1) {
    value /= 1024
    index++
  }
  return `${index === 0 ? value : value.toFixed(1)} ${units[index]}`
}

/** `a, b, c and 7 more` */
export function listed(names: readonly string[], most = 5): string {
  const more = names.length - most
  return more > 0 ? `${names.slice(0, most).join(', ')} and ${more} more` : names.join(', ')
}
