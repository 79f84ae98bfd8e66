import {constants} from 'node:fs'
import {type FileHandle, mkdir, open, readFile} from 'node:fs/promises'
import {dirname} from 'node:path'
import {Accepted} from '../../lib/sync/apply/accepted.js'
import {writeWholeFile} from '../../lib/whole-file.js'
import type {ZoneState} from '../../lib/zone/version.js'
import {lineOf, linesOf, parseAccepted} from './accepted-lines.js'

export interface AcceptedFileOptions {
  file: string
  /** Told why what was kept cannot be read, or what is taken cannot be kept; once until it can be again. */
  onTrouble(error: unknown): void
  now(): number
}

const OWNER_ONLY = 0o600
/** The file is written anew once it has grown by so many bytes and by twice what it had then. */
const GROWTH_BYTES = 1024 * 1024
const SYNC_AFTER_MS = 1000
const AGAIN_AFTER_MS = 10_000
const LINES_AT_ONCE = 1000

/**
 * Keeps in a file what was taken: a line is appended for each state, which nobody waits for, and the file is written anew now and
 * then. A crash of the process loses nothing that was written, one of the machine the last second. Where the file cannot be
 * written, nothing else fails.
 */
export class AcceptedFile implements AsyncDisposable {
  readonly accepted: Accepted
  readonly #options: AcceptedFileOptions
  #handle: FileHandle | undefined
  #pending: string[] = []
  #writing: Promise<void> | undefined
  #syncTimer: NodeJS.Timeout | undefined
  /** Bytes when it was read or written anew, and since. */
  #size = {written: 0, grown: 0}
  /** Whether what is there has all that was taken, so that the next line can be appended. */
  #appendable: boolean
  #failedAt: number | undefined

  private constructor(options: AcceptedFileOptions, kept: Kept | undefined) {
    this.accepted = kept?.accepted ?? new Accepted({since: options.now()})
    this.#appendable = kept !== undefined
    this.#size.written = kept?.bytes ?? 0
    this.#options = options
  }

  /** Reads the file. Where there is none, or none that can be read, it begins anew; nothing is written until a state is taken. */
  static async open(options: AcceptedFileOptions): Promise<AcceptedFile> {
    return new AcceptedFile(options, await read(options))
  }

  /** A state was taken. */
  take({zone, kind, signed}: ZoneState): void {
    if (!signed) return
    const entry = {sequence: signed.sequence, gone: kind === 'tombstone'}
    if (!this.accepted.note(zone, entry)) return
    this.#pending.push(lineOf(zone, entry))
    this.#start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#writing) await this.#writing
    clearTimeout(this.#syncTimer)
    if (this.#failedAt !== undefined) await this.#try(() => this.#writeAnew())
    await this.#try(async () => this.#handle?.datasync())
    await this.#close()
  }

  #start(): void {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
    })
  }

  async #write(): Promise<void> {
    do {
      // What else is taken at this moment goes along.
      await new Promise<void>((resolve) => setImmediate(resolve))
      const text = this.#pending.splice(0).join('')
      // After a failure it is written whole, which has all that was taken.
      if (this.#failedAt === undefined || performance.now() - this.#failedAt > AGAIN_AFTER_MS)
        await this.#try(() => this.#append(text))
    } while (this.#pending.length > 0)
  }

  async #append(text: string): Promise<void> {
    const {written, grown} = this.#size
    if (!this.#appendable || grown > GROWTH_BYTES + 2 * written) await this.#writeAnew()
    else if (!this.#handle) {
      this.#handle = await open(this.#options.file, constants.O_WRONLY | constants.O_APPEND)
      // A crash may have left a line without its end.
      await this.#handle.appendFile('\n')
    }
    await this.#handle?.appendFile(text)
    this.#size.grown += text.length
    this.#syncTimer ??= setTimeout(() => {
      this.#syncTimer = undefined
      void this.#try(async () => this.#handle?.datasync())
    }, SYNC_AFTER_MS)
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work()
      this.#failedAt = undefined
    } catch (error) {
      if (this.#failedAt === undefined) this.#options.onTrouble(error)
      this.#failedAt = performance.now()
      clearTimeout(this.#syncTimer)
      this.#syncTimer = undefined
      this.#appendable = false
      await this.#close()
    }
  }

  /** Atomically. What is taken meanwhile is in it already, or is appended. */
  async #writeAnew(): Promise<void> {
    const {file} = this.#options
    await this.#close()
    await mkdir(dirname(file), {recursive: true, mode: 0o700})
    await writeWholeFile(file, linesOf(this.accepted, LINES_AT_ONCE), {mode: OWNER_ONLY})
    this.#handle = await open(file, constants.O_WRONLY | constants.O_APPEND)
    const {size: written} = await this.#handle.stat()
    this.#appendable = true
    this.#size = {written, grown: 0}
  }

  async #close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    // All that could be lost by this was synced, or is told already.
    await handle?.close().catch(() => undefined)
  }
}

interface Kept {
  accepted: Accepted
  bytes: number
}

async function read({file, onTrouble}: AcceptedFileOptions): Promise<Kept | undefined> {
  try {
    const text = await readFile(file, 'utf8')
    return {accepted: parseAccepted(text), bytes: text.length}
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') onTrouble(error)
    return undefined
  }
}
