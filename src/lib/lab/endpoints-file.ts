import {rename, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {reportOf} from '../errors.js'

/**
 * Keeps `<dir>/lab.json` at the newest line. A reader sees an old line or a new one, never half of one; the file is there
 * from `open` on, so that to wait for it is to wait for the lab.
 */
export class EndpointsFile {
  readonly #path: string
  readonly #line: () => string
  readonly #failed: (reason: string) => void
  #writing: Promise<void> | undefined
  #open = false
  #stale = false

  constructor(dir: string, line: () => string, failed: (reason: string) => void) {
    this.#path = join(dir, 'lab.json')
    this.#line = line
    this.#failed = failed
  }

  open(): void {
    this.#open = true
    this.update()
  }

  /** Call it when the line has changed. */
  update(): void {
    if (!this.#open) return
    this.#stale = true
    this.#writing ??= this.#write()
  }

  /** Resolves when the file holds the newest line. */
  async written(): Promise<void> {
    await this.#writing
  }

  /** Resolves when nothing more will be written. */
  async close(): Promise<void> {
    this.#open = false
    await this.#writing
  }

  async #write(): Promise<void> {
    const next = `${this.#path}.next`
    while (this.#stale) {
      this.#stale = false
      try {
        await writeFile(next, `${this.#line()}\n`, {mode: 0o600})
        await rename(next, this.#path)
      } catch (error) {
        this.#failed(reportOf(error).message)
      }
    }
    this.#writing = undefined
  }
}
