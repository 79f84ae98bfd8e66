/** Text from another machine on one line, without anything that a terminal would take for an order. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
}
