/** Whether a version such as `4.7.3` or `v24.1.0-rc1` is at least `wanted`; false where it is no version. */
export function isAtLeast(version: string, wanted: string): boolean {
  const [found, least] = [partsOf(version), partsOf(wanted)]
  if (!found || !least) return false
  for (const [index, part] of least.entries()) {
    const other = found[index] ?? 0
    if (other !== part) return other > part
  }
  return true
}

function partsOf(version: string): number[] | undefined {
  return /^v?(\d+(?:\.\d+)*)/.exec(version)?.[1]?.split('.').map(Number)
}
