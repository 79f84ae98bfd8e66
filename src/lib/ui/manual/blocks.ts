/** A piece of a help text: running text in one line, or lines that stay as they are. */
export type Block =
  | {readonly kind: 'paragraph'; readonly text: string}
  | {readonly kind: 'lines'; readonly lines: readonly string[]}

/**
 * The blocks of a help text as it stands in the source: paragraphs are separated by empty lines and broken anywhere, indented lines
 * stay as they are.
 */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = []
  let paragraph: string[] = []
  let kept: string[] = []
  const flush = () => {
    if (paragraph.length > 0) blocks.push({kind: 'paragraph', text: paragraph.join(' ')})
    if (kept.length > 0) blocks.push({kind: 'lines', lines: kept})
    paragraph = []
    kept = []
  }
  for (const line of text.split('\n')) {
    const isKept = /^\s+\S/.test(line)
    if (line.trim() === '' || (isKept ? paragraph : kept).length > 0) flush()
    if (isKept) kept.push(line)
    else if (line.trim() !== '') paragraph.push(line.trim())
  }
  flush()
  return blocks
}

/** The same text with paragraphs in one line each, for a terminal to wrap. */
export function unbroken(text: string): string {
  const blocks = blocksOf(text)
  return blocks
    .map((block, index) => {
      const own = block.kind === 'paragraph' ? block.text : block.lines.join('\n')
      if (index === 0) return own
      // A list belongs to the sentence that announces it.
      return block.kind === 'lines' ? `\n${own}` : `\n\n${own}`
    })
    .join('')
}
