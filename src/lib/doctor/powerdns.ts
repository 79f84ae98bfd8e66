/** PowerDNS's settings by name, as its API tells them. */
export type Settings = ReadonlyMap<string, string>

/** Whether a switch is on under any of its names, which changed over the versions. */
export function isOn(settings: Settings, ...names: readonly string[]): boolean {
  return names.some((name) => settings.get(name) === 'yes')
}

/** Undefined where PowerDNS has no such setting. */
export function numberOf(settings: Settings, name: string): number | undefined {
  const value = settings.get(name)
  return value === undefined || !/^\d+$/.test(value) ? undefined : Number(value)
}

/** The entries of a list, which PowerDNS separates by commas or spaces. */
export function entriesOf(settings: Settings, name: string): string[] {
  return (settings.get(name) ?? '').split(/[\s,;]+/).filter((entry) => entry !== '')
}
