import {mkdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {ZoneChange} from './change.js'
import {JournalError} from './errors.js'
import {JournalFile} from './journal-file.js'
import {beginLine, clearLine, readLines} from './journal-line.js'
import {lockDirectory} from './journal-lock.js'

/** What is about to be done, and would be lost if the process ended now. */
export type Intent = ZoneChange

export interface IntentHandle {
  readonly intent: Intent
  /** It is done. Not synced: after a crash the intent may come back, never the other way round. */
  clear(): void
}

export interface JournalOptions {
  /** Told of what is worth a look but stops nothing. */
  warn(message: string): void
  /** The size of the file as long as the pending intents fit, in bytes. */
  size?: number
}

interface Waiting {
  intent: Intent
  resolve(handle: IntentHandle): void
  reject(error: unknown): void
}

const FILE_NAME = 'intents.journal'
const DEFAULT_SIZE = 1024 * 1024
/** How long a cleared intent waits for the next one to be written with, in milliseconds. */
const CLEAR_WITHIN_MS = 100

/**
 * The intents of calls that are under way or not yet published: one JSON line each in one file, with a checksum. Intents that
 * begin at the same time share one write (group commit). One process at a time.
 */
export class Journal {
  readonly #directory: string
  readonly #options: Required<JournalOptions>
  readonly #lock: AsyncDisposable
  readonly #pending = new Map<string, IntentHandle>()
  #file: JournalFile
  #waiting: Waiting[] = []
  #cleared: string[] = []
  #writing: Promise<void> | undefined
  #clearing: NodeJS.Timeout | undefined
  #closed = false

  private constructor(
    directory: string,
    options: Required<JournalOptions>,
    lock: AsyncDisposable,
    file: JournalFile,
  ) {
    this.#directory = directory
    this.#options = options
    this.#lock = lock
    this.#file = file
  }

  /**
   * Creates the directory (0700) and the file (0600) if need be, and takes over what an earlier process left.
   * @throws JournalError, JournalLockedError
   */
  static async open(directory: string, {warn, size = DEFAULT_SIZE}: JournalOptions): Promise<Journal> {
    let lock: AsyncDisposable | undefined
    try {
      await mkdir(directory, {recursive: true, mode: 0o700})
      lock = await lockDirectory(directory)
      const path = join(directory, FILE_NAME)
      const {pending, tornBytes} = readLines(await readIfThere(path))
      if (tornBytes > 0)
        warn(`the journal in ${directory} ended in ${tornBytes} bytes of a torn line: cut off`)
      const content = contentOf(pending)
      const file = await JournalFile.replace(path, content, sizeFor(content.length, size))
      const journal = new Journal(directory, {warn, size}, lock, file)
      for (const intent of pending) journal.#add(intent)
      return journal
    } catch (error) {
      await lock?.[Symbol.asyncDispose]()
      if (error instanceof Error && 'errno' in error)
        throw JournalError.of('cannot open the journal', directory, error)
      throw error
    }
  }

  /** Intents begun and not cleared, oldest first. After `open`: what is to be done again. */
  pending(): IntentHandle[] {
    return [...this.#pending.values()]
  }

  get size(): number {
    return this.#pending.size
  }

  /**
   * Resolves when the intent is on disk.
   * @throws JournalError: then nothing may be done that relies on it.
   */
  begin(intent: Intent): Promise<IntentHandle> {
    if (this.#closed) return Promise.reject(new JournalError('the journal is closed'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({intent, resolve, reject})
      this.#write()
    })
  }

  /** Writes what is left to write and gives the directory free. */
  async close(): Promise<void> {
    this.#closed = true
    this.#write()
    await this.#writing
    await this.#file.close()
    await this.#lock[Symbol.asyncDispose]()
  }

  #add(intent: Intent): IntentHandle {
    const clear = () => {
      if (!this.#pending.delete(intent.id)) return
      this.#cleared.push(intent.id)
      this.#clearing ??= setTimeout(() => this.#write(), CLEAR_WITHIN_MS)
    }
    const handle = {intent, clear}
    this.#pending.set(intent.id, handle)
    return handle
  }

  #write(): void {
    this.#writing ??= this.#writeAll()
  }

  async #writeAll(): Promise<void> {
    // One turn later, so that intents of the same moment share the first write.
    await Promise.resolve()
    clearTimeout(this.#clearing)
    this.#clearing = undefined
    let clearable = true
    while (this.#waiting.length > 0 || (this.#cleared.length > 0 && clearable)) {
      const begun = this.#waiting.splice(0)
      const cleared = this.#cleared.splice(0)
      try {
        await this.#writeBatch(begun, cleared)
        for (const {intent, resolve} of begun) resolve(this.#add(intent))
      } catch (cause) {
        const error = JournalError.of('cannot write the journal', this.#directory, cause)
        for (const {reject} of begun) reject(error)
        this.#cleared.unshift(...cleared)
        // Clearing can wait for the next intent.
        clearable = false
        this.#options.warn(error.message)
      }
    }
    this.#writing = undefined
  }

  async #writeBatch(begun: Waiting[], cleared: string[]): Promise<void> {
    const clears = cleared.map(clearLine).join('')
    const begins = begun.map(({intent}) => beginLine(intent)).join('')
    const lines = Buffer.from(clears + begins)
    const isIdle = this.#pending.size === 0 && begun.length === 0
    const isWorthIt = this.#file.used > this.#file.size / 2
    if (!this.#file.hasRoomFor(lines) || (isIdle && isWorthIt)) await this.#startOver(begins)
    else await this.#file.append(lines, begun.length > 0)
  }

  /** A new file with nothing in it but what is pending, and `lines`. */
  async #startOver(lines: string): Promise<void> {
    const content = Buffer.concat([contentOf(this.pending().map(({intent}) => intent)), Buffer.from(lines)])
    const old = this.#file
    const size = sizeFor(content.length, this.#options.size)
    this.#file = await JournalFile.replace(join(this.#directory, FILE_NAME), content, size)
    await old.close()
  }
}

function contentOf(pending: readonly Intent[]): Buffer {
  return Buffer.from(pending.map(beginLine).join(''))
}

/** Half of it free at least: starting over must not become the rule when much is pending. */
function sizeFor(length: number, least: number): number {
  return Math.max(least, 2 * length)
}

async function readIfThere(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Uint8Array()
    throw error
  }
}
