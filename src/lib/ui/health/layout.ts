/** Something that is shown in as many lines as there is room for. */
export interface Block {
  /** What it gets before any other gets more. */
  least: number
  /** What it can fill. */
  most: number
}

/** Gives every block its least, then the first ones their most, as long as there is room. */
export function deal(blocks: readonly Block[], rows: number): number[] {
  let left = rows
  const take = (lines: number) => {
    const taken = Math.max(0, Math.min(lines, left))
    left -= taken
    return taken
  }
  const given = blocks.map(({least, most}) => take(Math.min(least, most)))
  return given.map((lines, index) => lines + take((blocks[index]?.most ?? 0) - lines))
}
