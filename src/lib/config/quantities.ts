const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}
const BYTES: Readonly<Record<string, number>> = {B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30}

const QUANTITY = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/

/** A duration in milliseconds: `500ms`, `10s`, `2m`, `12h`, `30d`, or a plain number of seconds. */
export function parseDuration(value: string | number): number | undefined {
  return typeof value === 'number' ? whole(value * 1_000) : parseQuantity(value, MILLISECONDS)
}

/** A size in bytes: `128KiB`, `64 MiB`, `1GiB`, or a plain number of bytes. */
export function parseSize(value: string | number): number | undefined {
  return typeof value === 'number' ? whole(value) : parseQuantity(value, BYTES)
}

function parseQuantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits, unit = ''] = QUANTITY.exec(text) ?? []
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined
  return digits === undefined || factor === undefined ? undefined : whole(Number(digits) * factor)
}

function whole(value: number): number | undefined {
  return Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined
}
