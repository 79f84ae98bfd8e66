import {InvalidRdataError} from './errors.js'

const BACKSLASH = 0x5c
const QUOTE = 0x22

/** The text of each byte of a character string in quotes (RFC 1035 §5.1). */
const QUOTED = Array.from({length: 256}, (_, byte) => {
  if (byte === BACKSLASH || byte === QUOTE) return `\\${String.fromCharCode(byte)}`
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : decimalEscape(byte)
})

/** `\DDD`. */
export function decimalEscape(byte: number): string {
  return `\\${String(byte).padStart(3, '0')}`
}

/** A character string without its quotes. */
export function escapeText(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += QUOTED[byte]
  return text
}

/** A character string in quotes. */
export function quoteText(bytes: Uint8Array): string {
  return `"${escapeText(bytes)}"`
}

/** The bytes of a word: `\X` is that character, `\DDD` the byte of that decimal number. @throws InvalidRdataError */
export function unescapeText(text: string): Uint8Array {
  if (!text.includes('\\')) return Buffer.from(text, 'latin1')
  const bytes = Buffer.alloc(text.length)
  let length = 0
  for (let at = 0; at < text.length; ) {
    const {byte, next} = readEscaped(text, at)
    bytes[length++] = byte
    at = next
  }
  return bytes.subarray(0, length)
}

/** One byte of a word, and where the next one begins. @throws InvalidRdataError for a broken escape. */
export function readEscaped(text: string, at: number): {byte: number; next: number; escaped: boolean} {
  const byte = text.charCodeAt(at)
  if (byte !== BACKSLASH) return {byte, next: at + 1, escaped: false}
  const digits = text.slice(at + 1, at + 4)
  if (/^\d{3}$/.test(digits) && Number(digits) <= 255)
    return {byte: Number(digits), next: at + 4, escaped: true}
  if (digits === '' || /^\d/.test(digits)) {
    throw new InvalidRdataError(`a broken escape in "${text.slice(0, 100)}"`, {
      hints: ['After a backslash comes a character or \\000 to \\255'],
    })
  }
  return {byte: text.charCodeAt(at + 1), next: at + 2, escaped: true}
}
