interface Output {
  isTTY?: boolean
  write(text: string): unknown
}

const CLEAR = '\r\u001b[K'

/** One line at the bottom of a terminal that says what goes on, and is gone in the end. Elsewhere it shows nothing. */
export class StatusLine implements Disposable {
  readonly #output: Output
  #shown = false

  constructor(output: Output) {
    this.#output = output
  }

  show(text: string): void {
    if (!this.#output.isTTY) return
    this.#shown = true
    this.#output.write(`${CLEAR}${text}`)
  }

  [Symbol.dispose](): void {
    if (this.#shown) this.#output.write(CLEAR)
    this.#shown = false
  }
}
